// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {JobCheckpoints, Own, Reveals} from "../../contracts/src/JobCheckpoints.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobState, Phase} from "../../contracts/src/JobState.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Messages} from "../../contracts/src/Messages.sol";
import {Compact} from "../../contracts/src/Signature.sol";
import {Base} from "./Base.sol";

/// @dev What is bound, shown and missed at a checkpoint, and what the next one knows of it.
contract CheckpointsTest is Base {
  function setUp() public {
    deployMarket(0);
    fundBuyerAnd(9);
  }

  function test_eachCallIsForTheRunningCheckpoint() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    anchor(job, 0, said);
    bytes32 own = boundBy(job, 1, said, 0);
    Compact memory signature = compact(sellerKey(0), Messages.commit(address(job), 1, own));
    address[] memory list = sellersUpTo(3);
    bytes memory accepted = long(BUYER, Messages.accept(address(job), 1));
    bytes memory wrong = abi.encodeWithSelector(JobState.JobEscrowWrongIndex.selector, 0);
    vm.expectRevert(wrong);
    job.anchor(1, "x");
    vm.expectRevert(wrong);
    commitAlone(job, 1, 0, own, signature, list);
    vm.expectRevert(wrong);
    job.accept(1, accepted);
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    vm.expectRevert(wrong);
    job.attest(1, reveals);
    vm.warp(commitByOf(job) + WINDOW + 1);
    vm.expectRevert(wrong);
    job.close(1);
    job.close(0);
  }

  function test_aTallyIsOfOneCheckpointOnly() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    said.by[2] = 255;
    pass(job, 0, said);
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(1);
    settle(job, 3, words(3, 0, 0, 0));
  }

  function test_onlyMissesInARowGiveAJobUp() public {
    Terms memory terms = termsFor(3);
    (terms.checkpoints, terms.payEvery) = (7, 7);
    JobEscrow job = running(terms);
    miss(job, 0, 1);
    pass(job, 1, same(3));
    eq(job.progress().missed, 0, "bound and shown");
    miss(job, 2, 1);
    job.accept(3, long(BUYER, Messages.accept(address(job), 3)));
    eq(job.progress().missed, 0, "bound by nobody, but paid");
    miss(job, 4, 1);
    eq(uint8(job.progress().phase), uint8(Phase.Running), "it goes on");
    miss(job, 5, 2);
    eq(uint8(job.progress().phase), uint8(Phase.Settling), "two in a row");
  }

  function test_whatNobodyBoundIsNotShown() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    said.by[0] = 255;
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    vm.expectRevert(abi.encodeWithSelector(JobCheckpoints.JobEscrowNotCommitted.selector, 1));
    job.attest(0, reveals);
  }

  function test_whoBoundItselfIsHeldToThatAndOthersToTheList() public {
    JobEscrow job = running(termsFor(4));
    Said memory said = same(4);
    anchor(job, 0, said);
    bind(job, 1, keccak256("something else"));
    bind(job, 3, boundBy(job, 0, said, 3));
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](2);
    (reveals.replaced[0], reveals.replaced[1]) =
    (boundBy(job, 0, said, 1), boundBy(job, 0, said, 3));
    vm.expectRevert(abi.encodeWithSelector(JobCheckpoints.JobEscrowNotCommitted.selector, 1));
    job.attest(0, reveals);
    // The second keeps silent: what the relay bound for it stands in the list, and nothing else does.
    said.by[1] = 255;
    reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](2);
    vm.expectRevert(JobCheckpoints.JobEscrowWrongAnchor.selector);
    job.attest(0, reveals);
    (reveals.replaced[0], reveals.replaced[1]) =
    (boundBy(job, 0, said, 1), boundBy(job, 0, said, 3));
    job.attest(0, reveals);
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(0);
    pass(job, 1, same(4));
    settle(job, 4, words(13, 0, 15, 0));
  }

  /// @dev Else a relay that binds what it tells nobody gets the work for nothing.
  function test_whoeverBindsItselfNeedsNoList() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    vm.warp(commitByOf(job) - WINDOW);
    vm.prank(relay);
    job.anchor(0, "of no list");
    bind(job, 0, boundBy(job, 0, said, 0));
    bind(job, 1, boundBy(job, 0, said, 1));
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](2);
    vm.expectRevert(JobCheckpoints.JobEscrowWrongAnchor.selector);
    job.attest(0, reveals);
    said.by[2] = 255;
    reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](2);
    job.attest(0, reveals);
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(0);
    pass(job, 1, same(3));
    settle(job, 3, words(3, 0, 7, 0));
  }

  function test_whoeverBindsItselfTwiceIsRefusedAfterOthersToo() public {
    JobEscrow job = running(termsFor(3));
    bind(job, 2, "a");
    bind(job, 0, "b");
    Compact memory signature = compact(sellerKey(2), Messages.commit(address(job), 0, "c"));
    address[] memory list = sellersUpTo(3);
    vm.expectRevert(abi.encodeWithSelector(JobCheckpoints.JobEscrowCommitted.selector, 5));
    commitAlone(job, 0, 2, "c", signature, list);
  }

  function test_manyAreBoundInOneCallAndWhoeverIsBoundIsPassedOver() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    address[] memory list = sellersUpTo(3);
    Own memory own = ownOfAll(job, said);
    commitAlone(job, 0, 1, own.commitments[1], own.signatures[1], list);
    (own.commitments[1], own.signatures[1]) = ("nothing that it said", own.signatures[0]);
    vm.recordLogs();
    job.commit(0, own, list);
    eq(vm.getRecordedLogs().length, 2, "one was bound before");
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](3);
    job.attest(0, reveals);
    eq(job.progress().index, 1, "all three are shown by what they bound");
  }

  function test_oneThatDidNotSignSpoilsTheCallThatItIsIn() public {
    JobEscrow job = running(termsFor(3));
    Own memory own = ownOfAll(job, same(3));
    own.signatures[2] = own.signatures[1];
    bytes memory wrong = abi.encodeWithSelector(JobState.JobEscrowBadSignature.selector, seller(2));
    vm.expectRevert(wrong);
    job.commit(0, own, sellersUpTo(3));
  }

  function test_nobodyIsBoundAtAPlaceThatIsNone() public {
    JobEscrow job = running(termsFor(3));
    Own memory own = ownOfAll(job, same(3));
    address[] memory list = sellersUpTo(3);
    own.places = 8;
    vm.expectRevert(JobState.JobEscrowWrongSellers.selector);
    job.commit(0, own, list);
    own.places = 0;
    vm.expectRevert(abi.encodeWithSelector(JobCheckpoints.JobEscrowCommitted.selector, 0));
    job.commit(0, own, list);
    eq(job.progress().overridden ? 1 : 0, 0, "nothing is bound");
  }

  function test_oneClaimForAllGroupsIsRefused() public {
    Terms memory terms = termsFor(9);
    terms.replicas = 3;
    JobEscrow job = running(terms);
    Said memory said = same(9);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    vm.expectPartialRevert(JobCheckpoints.JobEscrowWrongGroup.selector);
    job.attest(0, reveals);
  }

  function test_aLoneClaimIsOfGroupZeroWhoeverShowsIt() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    said.claims[0].group = 1;
    said.by[0] = 255;
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    vm.expectRevert(abi.encodeWithSelector(JobCheckpoints.JobEscrowWrongGroup.selector, 0));
    job.attest(0, reveals);
  }

  function miss(JobEscrow job, uint256 index, uint256 missed) private {
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(index);
    eq(job.progress().missed, missed, "missed in a row");
  }

  /// @dev What each seller binds itself at the first checkpoint, and its word for it.
  function ownOfAll(JobEscrow job, Said memory said) private view returns (Own memory own) {
    uint256 count = job.terms().sellers;
    own = Own((1 << count) - 1, new bytes32[](count), new Compact[](count));
    for (uint256 i = 0; i < count; ++i) {
      own.commitments[i] = boundBy(job, 0, said, i);
      bytes32 message = Messages.commit(address(job), 0, own.commitments[i]);
      own.signatures[i] = compact(sellerKey(i), message);
    }
  }

  /// @dev A seller of the first checkpoint of a job of three or four binds itself.
  function bind(JobEscrow job, uint256 place, bytes32 own) private {
    Compact memory signature = compact(sellerKey(place), Messages.commit(address(job), 0, own));
    commitAlone(job, 0, place, own, signature, sellersUpTo(job.terms().sellers));
  }
}
