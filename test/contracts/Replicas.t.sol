// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {JobCheckpoints, Reveals} from "../../contracts/src/JobCheckpoints.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobJoining} from "../../contracts/src/JobJoining.sol";
import {JobState, Phase} from "../../contracts/src/JobState.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Claim} from "../../contracts/src/Messages.sol";
import {Base} from "./Base.sol";
import {Libraries} from "./Libraries.sol";

/// @dev Replica groups: who gets the same shard, and whose share counts.
contract ReplicasTest is Base {
  Libraries private libraries;

  function setUp() public {
    libraries = Libraries(vm.deployCode("Libraries.sol:Libraries"));
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

  function testFuzz_groupsAreAShuffle(bytes32 seed, uint8 groups_, uint8 replicas_) public view {
    uint256 replicas = 3 + uint256(replicas_) % 14;
    uint256 sellers = replicas * (1 + uint256(groups_) % (256 / replicas));
    uint256[] memory groups = libraries.deal(seed, sellers, replicas);
    uint256[] memory sizes = new uint256[](sellers / replicas);
    for (uint256 i = 0; i < sellers; ++i) {
      ++sizes[groups[i]];
    }
    for (uint256 i = 0; i < sizes.length; ++i) {
      eq(sizes[i], replicas, "all groups are of one size");
    }
  }

  function test_aShuffleIsFair() public view {
    // The first two of nine are partners in 2 of 8 deals, whatever their places.
    uint256 together = 0;
    for (uint256 i = 0; i < 4_000; ++i) {
      uint256[] memory groups = libraries.deal(bytes32(i), 9, 3);
      if (groups[0] == groups[1]) ++together;
    }
    // Five standard deviations of a binomial around 1,000.
    vm.assertTrue(together > 863 && together < 1_137, "a quarter");
  }

  function testFuzz_termsComeBackAsTheyWerePacked(Terms memory terms) public view {
    Terms memory back = libraries.unpack(libraries.pack(terms));
    vm.assertTrue(keccak256(abi.encode(back)) == keccak256(abi.encode(terms)), "the same");
  }

  /// @dev Against a slow tally that compares each with each.
  function testFuzz_theTallyIsThatOfTheSlowOne(uint256 seed) public view {
    uint256 replicas = seed % 3 == 0 ? 1 : 3;
    uint256 sellers = replicas * (1 + (seed >> 8) % 5);
    Claim[] memory claims = new Claim[](1 + (seed >> 16) % 8);
    for (uint256 i = 0; i < claims.length; ++i) {
      uint256 dice = uint256(keccak256(abi.encode(seed, i)));
      claims[i] = Claim(
        uint16((dice >> 1) % (sellers / replicas)),
        bytes32(dice >> 8 & 1),
        replicas == 1 ? bytes32(0) : bytes32((dice >> 16) % 3),
        bytes32(dice >> 24 & 1)
      );
      if (replicas == 1) claims[i].group = 0;
    }
    uint256[] memory by = new uint256[](sellers);
    uint256[] memory voters = new uint256[](claims.length);
    for (uint256 i = 0; i < sellers; ++i) {
      by[i] = uint256(keccak256(abi.encode(seed, "by", i))) % (claims.length + 1);
      // A claim is of its signer's group: whoever drew another's says nothing.
      bool isOwn = by[i] < claims.length && (replicas == 1 || claims[by[i]].group == i / replicas);
      if (isOwn) voters[by[i]] |= 1 << i;
      else by[i] = claims.length;
    }
    (uint256 ok, uint256 bad) = libraries.count(claims, voters, sellers, replicas);
    (uint256 slowOk, uint256 slowBad) = slow(claims, by, sellers, replicas);
    eq(ok, slowOk, "paid");
    eq(bad, slowBad, "slashed");
  }

  function slow(Claim[] memory claims, uint256[] memory by, uint256 sellers, uint256 replicas)
    private
    pure
    returns (uint256 ok, uint256 bad)
  {
    for (uint256 i = 0; i < sellers; ++i) {
      if (by[i] == claims.length) continue;
      Claim memory right;
      bool isDecided = false;
      for (uint256 j = 0; j < sellers; ++j) {
        if (by[j] == claims.length) continue;
        if (votesFor(claims, by, claims[by[j]]) * 2 > sellers) {
          (right, isDecided) = (claims[by[j]], true);
        }
      }
      Claim memory own = claims[by[i]];
      if (!isDecided || own.roster != right.roster) continue;
      if (own.result != right.result) {
        bad |= 1 << i;
        continue;
      }
      if (replicas == 1) {
        ok |= 1 << i;
        continue;
      }
      (uint256 mine, uint256 most) = sharesIn(claims, by, i / replicas, replicas, own.share);
      if (mine * 2 > replicas) ok |= 1 << i;
      else if (most * 2 > replicas) bad |= 1 << i;
    }
  }

  function votesFor(Claim[] memory claims, uint256[] memory by, Claim memory claim)
    private
    pure
    returns (uint256 votes)
  {
    for (uint256 k = 0; k < by.length; ++k) {
      if (by[k] == claims.length) continue;
      Claim memory other = claims[by[k]];
      if (other.roster == claim.roster && other.result == claim.result) ++votes;
    }
  }

  function sharesIn(
    Claim[] memory claims,
    uint256[] memory by,
    uint256 group,
    uint256 replicas,
    bytes32 share
  ) private pure returns (uint256 mine, uint256 most) {
    for (uint256 k = group * replicas; k < (group + 1) * replicas; ++k) {
      if (by[k] == claims.length) continue;
      uint256 votes = 0;
      for (uint256 l = group * replicas; l < (group + 1) * replicas; ++l) {
        if (by[l] != claims.length && claims[by[l]].share == claims[by[k]].share) ++votes;
      }
      // A share of 0 wins nothing.
      if (claims[by[k]].share == 0) continue;
      if (votes > most) most = votes;
      if (claims[by[k]].share == share) mine = votes;
    }
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
