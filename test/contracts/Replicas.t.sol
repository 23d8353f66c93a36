// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Groups} from "../../contracts/src/Groups.sol";
import {JobCheckpoints, Reveals} from "../../contracts/src/JobCheckpoints.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobJoining} from "../../contracts/src/JobJoining.sol";
import {JobState, Phase} from "../../contracts/src/JobState.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Claim} from "../../contracts/src/Messages.sol";
import {Base} from "./Base.sol";

/// @dev Replica groups: who gets the same shard, and whose share counts.
contract ReplicasTest is Base {
  function setUp() public {
    deployMarket(0);
    fundBuyerAnd(9);
  }

  function test_groupsAreDealtByALaterBlock() public {
    JobEscrow job = open(replicated(9));
    fill(job, 0, 9);
    eq(uint8(job.progress().phase), uint8(Phase.Filled), "it waits for its lot");
    vm.expectRevert(JobJoining.JobEscrowNoLot.selector);
    job.start();
    vm.roll(block.number + 3);
    vm.setBlockhash(block.number - 1, keccak256("lot"));
    job.start();
    uint256[] memory groups = job.groups();
    uint256[3] memory sizes;
    for (uint256 i = 0; i < 9; ++i) {
      ++sizes[groups[i]];
    }
    for (uint256 i = 0; i < 3; ++i) {
      eq(sizes[i], 3, "three in a group");
    }
    bytes32 seed = keccak256(abi.encode(keccak256("lot"), address(job)));
    uint256[] memory dealt = Groups.deal(seed, 9, 3);
    vm.assertTrue(keccak256(abi.encode(groups)) == keccak256(abi.encode(dealt)), "by that block");
  }

  function test_aLotThatIsNotDrawnInTimeGivesAllBack() public {
    JobEscrow job = open(replicated(3));
    fill(job, 0, 3);
    address[] memory list = sellersUpTo(3);
    vm.expectPartialRevert(JobState.JobEscrowTooEarly.selector);
    job.expire(list);
    vm.warp(commitByOf(job) + 1);
    job.expire(list);
    eq(freeOf(seller(0)), 10 * HYPER, "collateral");
    eq(freeOf(buyer()), 10_000 * HYPER, "escrow");
  }

  function test_anotherShareThanItsGroupsIsSlashed() public {
    JobEscrow job = running(replicated(9));
    Said memory said = byGroups(job);
    // One seller has invented its share; its group's other two agree.
    said.claims[3] = Claim(said.claims[said.by[0]].group, ROSTER, "invented", RESULT);
    said.by[0] = 3;
    pass(job, 0, said);
    pass(job, 1, byGroups(job));
    settle(job, 9, words(511 - 1, 1, 511, 0));
    eq(freeOf(seller(0)), 10 * HYPER + 2 * HYPER - HYPER, "one slice, one cut");
    eq(freeOf(seller(1)), 14 * HYPER, "others are paid");
  }

  function test_aGroupWithoutAMajorityIsVoid() public {
    JobEscrow job = running(replicated(9));
    uint256[] memory groups = job.groups();
    Said memory said = byGroups(job);
    said.claims = grown(said.claims, 6);
    uint256 members = 0;
    uint256 made = 0;
    for (uint256 i = 0; i < 9; ++i) {
      if (groups[i] != 1) continue;
      said.claims[3 + made] = Claim(1, ROSTER, bytes32(100 + made), RESULT);
      said.by[i] = uint8(3 + made++);
      members |= 1 << i;
    }
    pass(job, 0, said);
    pass(job, 1, byGroups(job));
    settle(job, 9, words(511 ^ members, 0, 511, 0));
  }

  function test_aClaimOfAnotherGroupIsRefused() public {
    JobEscrow job = running(replicated(9));
    Said memory said = byGroups(job);
    said.by[0] = (said.by[0] + 1) % 3;
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    vm.expectPartialRevert(JobCheckpoints.JobEscrowWrongGroup.selector);
    job.attest(0, reveals);
  }

  function test_silentSellersCountInTheirGroup() public {
    JobEscrow job = running(replicated(9));
    uint256[] memory groups = job.groups();
    Said memory said = byGroups(job);
    uint256 silent = 0;
    for (uint256 i = 0; i < 9 && silent < 2; ++i) {
      if (groups[i] != 2) continue;
      said.by[i] = 255;
      ++silent;
    }
    pass(job, 0, said);
    uint256 ok = 0;
    for (uint256 i = 0; i < 9; ++i) {
      if (groups[i] != 2) ok |= 1 << i;
    }
    pass(job, 1, byGroups(job));
    settle(job, 9, words(ok, 0, 511, 0));
  }

  function replicated(uint16 sellers) private returns (Terms memory terms) {
    terms = termsFor(sellers);
    terms.replicas = 3;
  }

  /// @dev Each says its group's share, and the same result.
  function byGroups(JobEscrow job) private view returns (Said memory said) {
    uint256[] memory groups = job.groups();
    said = same(groups.length);
    said.claims = new Claim[](4);
    for (uint16 g = 0; g < 4; ++g) {
      said.claims[g] = Claim(g % 3, ROSTER, keccak256(abi.encode("share", g % 3)), RESULT);
    }
    for (uint256 i = 0; i < groups.length; ++i) {
      said.by[i] = uint8(groups[i]);
    }
  }

  function grown(Claim[] memory claims, uint256 length) private pure returns (Claim[] memory more) {
    more = new Claim[](length);
    for (uint256 i = 0; i < claims.length; ++i) {
      more[i] = claims[i];
    }
  }
}
