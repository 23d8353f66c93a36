// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HyperVault} from "../../contracts/src/HyperVault.sol";
import {Ending} from "../../contracts/src/IHyperVault.sol";
import {JobCheckpoints, Reveals} from "../../contracts/src/JobCheckpoints.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobEvidence} from "../../contracts/src/JobEvidence.sol";
import {JobJoining} from "../../contracts/src/JobJoining.sol";
import {JobState, Phase} from "../../contracts/src/JobState.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Claim, Messages} from "../../contracts/src/Messages.sol";
import {Compact} from "../../contracts/src/Signature.sol";
import {Base} from "./Base.sol";

/// @dev A job's life: who is paid, who is slashed, and that every state has an exit.
contract JobTest is Base {
  function setUp() public {
    deployMarket(50);
    fundBuyerAnd(12);
  }

  function test_allThatSayTheSameArePaid() public {
    Terms memory terms = termsFor(3);
    terms.relayFee = 40;
    JobEscrow job = running(terms);
    eq(lockedOf(seller(0)), 2 * HYPER, "collateral is locked");
    pass(job, 0, same(3));
    pass(job, 1, same(3));
    eq(uint8(job.progress().phase), uint8(Phase.Settling), "after the last checkpoint");
    settle(job, 3, words(7, 0, 7, 0));
    for (uint256 i = 0; i < 3; ++i) {
      eq(freeOf(seller(i)), 14 * HYPER, "price and collateral");
      eq(vault.accountOf(seller(i)).ok, 2, "score");
      eq(vault.accountOf(seller(i)).active, 0, "free for other work");
    }
    eq(freeOf(address(timelock)), 12 * HYPER / 200, "fee");
    eq(freeOf(address(this)), 40, "all of the relays' fee, to who sent");
    eq(vault.jobOf(address(job)).escrow, 0, "nothing is left");
    eq(vault.buyerScoreOf(buyer()).completed, 1, "the buyer's score");
    eq(owed(12, job), token.balanceOf(address(vault)), "the books");
  }

  function test_anotherResultOfTheSameDevicesIsSlashed() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = liar(3, 0);
    pass(job, 0, said);
    pass(job, 1, same(3));
    settle(job, 3, words(6, 1, 7, 0));
    eq(freeOf(seller(0)), 11 * HYPER, "one slice earned, one cut lost");
    eq(vault.accountOf(seller(0)).bad, 1, "score");
    eq(freeOf(seller(1)), 14 * HYPER, "others are paid");
    eq(freeOf(address(timelock)), HYPER + 10 * HYPER / 200, "slashed and fee");
    eq(owed(12, job), token.balanceOf(address(vault)), "the books");
  }

  function test_anotherRosterIsNeitherPaidNorSlashed() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = liar(3, 0);
    said.claims[1].roster = keccak256("cut off");
    pass(job, 0, said);
    pass(job, 1, same(3));
    settle(job, 3, words(6, 0, 7, 0));
    eq(freeOf(seller(0)), 12 * HYPER, "half of the price");
  }

  function test_withoutAMajorityNobodyIsPaidOrSlashed() public {
    JobEscrow job = running(termsFor(4));
    Said memory said = same(4);
    said.claims = new Claim[](2);
    (said.claims[0], said.claims[1]) = (claimOf(RESULT), claimOf("other"));
    (said.by[2], said.by[3]) = (1, 1);
    pass(job, 0, said);
    pass(job, 1, same(4));
    settle(job, 4, words(0, 0, 15, 0));
    eq(freeOf(seller(3)), 12 * HYPER, "paid for the other checkpoint");
  }

  function test_theAbsentIsUnpaid() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    said.by[1] = 255;
    pass(job, 0, said);
    said.bound[1] = false;
    pass(job, 1, said);
    settle(job, 3, words(5, 0, 5, 0));
    eq(freeOf(seller(1)), 10 * HYPER, "its collateral only");
  }

  function test_whatWasNotBoundCannotBeShown() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    said.bound[1] = false;
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    vm.expectRevert(JobCheckpoints.JobEscrowWrongAnchor.selector);
    job.attest(0, reveals);
    reveals.revealed |= 1 << 3;
    vm.expectRevert(JobState.JobEscrowWrongSellers.selector);
    job.attest(0, reveals);
  }

  function test_anotherKeyCannotStandInForASeller() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    reveals.signatures[1] = signClaim(job, 0, sellerKey(7), said.claims[0]);
    vm.expectRevert(JobState.JobEscrowWrongSellers.selector);
    job.attest(0, reveals);
  }

  function test_aClaimIsOfItsSignersGroup() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    said.claims[0].group = 1;
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    vm.expectPartialRevert(JobCheckpoints.JobEscrowWrongGroup.selector);
    job.attest(0, reveals);
  }

  function test_aSellerBindsItselfWhereTheRelayLeftItOut() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    Said memory left = same(3);
    left.bound[2] = false;
    anchor(job, 0, left);
    bytes32 own = commitmentOf(signClaim(job, 0, sellerKey(2), said.claims[0]));
    Compact memory signature = compact(sellerKey(2), Messages.commit(address(job), 0, own));
    address[] memory list = sellersUpTo(3);
    vm.expectPartialRevert(JobState.JobEscrowBadSignature.selector);
    commitAlone(job, 0, 1, own, signature, list);
    list[0] = seller(9);
    vm.expectRevert(JobState.JobEscrowWrongSellers.selector);
    commitAlone(job, 0, 2, own, signature, list);
    list[0] = seller(0);
    commitAlone(job, 0, 2, own, signature, list);
    vm.expectPartialRevert(JobCheckpoints.JobEscrowCommitted.selector);
    commitAlone(job, 0, 2, own, signature, list);
    vm.warp(commitByOf(job) + 1);
    vm.expectPartialRevert(JobState.JobEscrowTooLate.selector);
    commitAlone(job, 0, 2, own, signature, list);
    Reveals memory reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](1);
    job.attest(0, reveals);
    eq(job.progress().index, 1, "all have shown");
    pass(job, 1, same(3));
    settle(job, 3, words(7, 0, 7, 0));
  }

  function test_withoutARelayTheSellersBindThemselves() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    address[] memory list = sellersUpTo(3);
    vm.warp(commitByOf(job));
    for (uint256 i = 0; i < 2; ++i) {
      bytes32 own = commitmentOf(signClaim(job, 0, sellerKey(i), said.claims[0]));
      Compact memory signed = compact(sellerKey(i), Messages.commit(address(job), 0, own));
      commitAlone(job, 0, i, own, signed, list);
    }
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](2);
    vm.expectPartialRevert(JobCheckpoints.JobEscrowNotCommitted.selector);
    job.attest(0, reveals);
    said.by[2] = 255;
    reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](2);
    job.attest(0, reveals);
    said.by[1] = 255;
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(0);
    eq(job.progress().missed, 0, "it was bound, though by no relay");
    eq(job.progress().index, 1, "the next one runs");
  }

  function test_anotherFindingThanTheOneThatItBoundItselfIsRefused() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    anchor(job, 0, said);
    bytes32 own = keccak256("something else");
    Compact memory signature = compact(sellerKey(0), Messages.commit(address(job), 0, own));
    commitAlone(job, 0, 0, own, signature, sellersUpTo(3));
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](1);
    reveals.replaced[0] = boundBy(job, 0, said, 0);
    vm.expectPartialRevert(JobCheckpoints.JobEscrowNotCommitted.selector);
    job.attest(0, reveals);
  }

  function test_theWindowsAreKept() public {
    JobEscrow job = running(termsFor(3));
    uint256 commitBy = commitByOf(job);
    eq(commitBy, block.timestamp + PERIOD, "a period after the last join");
    vm.warp(commitBy - WINDOW - 1);
    vm.prank(relay);
    vm.expectPartialRevert(JobState.JobEscrowTooEarly.selector);
    job.anchor(0, "x");
    vm.warp(commitBy - WINDOW);
    vm.expectPartialRevert(JobCheckpoints.JobEscrowNotRelay.selector);
    job.anchor(0, "x");
    vm.expectPartialRevert(JobState.JobEscrowWrongIndex.selector);
    job.anchor(1, "x");
    vm.warp(commitBy - WINDOW / 2);
    job.anchor(0, "x");
    vm.expectRevert(JobCheckpoints.JobEscrowAnchored.selector);
    job.anchor(0, "x");
    Reveals memory none;
    vm.expectPartialRevert(JobState.JobEscrowTooEarly.selector);
    job.attest(0, none);
    vm.warp(commitBy + WINDOW + 1);
    vm.expectPartialRevert(JobState.JobEscrowTooLate.selector);
    job.attest(0, none);
    job.close(0);
    eq(job.progress().missed, 0, "it was anchored");
    vm.warp(commitByOf(job) + 1);
    vm.prank(relay);
    vm.expectPartialRevert(JobState.JobEscrowTooLate.selector);
    job.anchor(1, "x");
  }

  function test_anybodyMayRelayWhereTheTermsNameNobody() public {
    Terms memory terms = termsFor(3);
    terms.relay = address(0);
    JobEscrow job = running(terms);
    vm.warp(commitByOf(job) - WINDOW);
    vm.prank(stranger);
    job.anchor(0, "x");
  }

  function test_aCheckpointThatClosesLateMovesTheNext() public {
    JobEscrow job = running(termsFor(3));
    uint256 late = commitByOf(job) + 10 * PERIOD;
    vm.warp(late);
    job.close(0);
    eq(commitByOf(job), late + WINDOW, "a window from now, so that somebody can anchor");
  }

  function test_aJobThatNobodyAnchorsIsGivenUp() public {
    Terms memory terms = termsFor(3);
    (terms.checkpoints, terms.payEvery) = (4, 4);
    JobEscrow job = running(terms);
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(0);
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(1);
    settle(job, 3, words(0, 0, 0, 0));
    eq(freeOf(seller(0)), 10 * HYPER, "collateral");
    eq(freeOf(buyer()), 10_000 * HYPER, "and all of the escrow");
    eq(vault.buyerScoreOf(buyer()).abandoned, 1, "the buyer's score");
  }

  function test_theBuyerPaysEarly() public {
    JobEscrow job = running(termsFor(3));
    bytes memory signature = long(BUYER, Messages.accept(address(job), 0));
    vm.expectPartialRevert(JobState.JobEscrowWrongIndex.selector);
    job.accept(1, signature);
    job.accept(0, signature);
    vm.expectPartialRevert(JobState.JobEscrowWrongIndex.selector);
    job.accept(0, signature);
    bytes memory forged = long(sellerKey(0), Messages.accept(address(job), 1));
    vm.expectPartialRevert(JobState.JobEscrowBadSignature.selector);
    job.accept(1, forged);
    job.accept(1, long(BUYER, Messages.accept(address(job), 1)));
    settle(job, 3, words(7, 0, 7, 0));
    eq(freeOf(seller(2)), 14 * HYPER, "all are paid");
  }

  function test_theBuyerStopsAfterTheRunningCheckpoint() public {
    JobEscrow job = running(termsFor(3));
    bytes memory signature = long(BUYER, Messages.stop(address(job)));
    bytes memory forged = long(sellerKey(0), Messages.stop(address(job)));
    vm.expectPartialRevert(JobState.JobEscrowBadSignature.selector);
    job.stop(forged);
    job.stop(signature);
    vm.expectRevert(JobCheckpoints.JobEscrowStopping.selector);
    job.stop(signature);
    pass(job, 0, same(3));
    settle(job, 3, words(7, 0));
    eq(freeOf(seller(0)), 12 * HYPER, "that slice");
    eq(vault.buyerScoreOf(buyer()).stopped, 1, "the buyer's score");
  }

  function test_sellersArePaidAsTheTermsSay() public {
    Terms memory terms = termsFor(3);
    (terms.checkpoints, terms.payEvery) = (4, 2);
    JobEscrow job = running(terms);
    pass(job, 0, liar(3, 0));
    address[] memory list = sellersUpTo(3);
    vm.expectPartialRevert(JobState.JobEscrowTooEarly.selector);
    job.payout(list, words(6, 1));
    pass(job, 1, same(3));
    vm.expectRevert(JobEscrow.JobEscrowWrongHistory.selector);
    job.payout(list, words(7, 0, 7, 0));
    job.payout(list, words(6, 1, 7, 0));
    eq(freeOf(seller(1)), 8 * HYPER + 2 * HYPER + HYPER, "two slices, half of the collateral");
    eq(freeOf(seller(0)), 8 * HYPER + HYPER + HYPER / 2, "one slice, one cut of collateral");
    vm.expectPartialRevert(JobState.JobEscrowTooEarly.selector);
    job.payout(list, words(6, 1, 7, 0));
    pass(job, 2, same(3));
    pass(job, 3, same(3));
    settle(job, 3, words(7, 0, 7, 0));
    eq(freeOf(seller(1)), 14 * HYPER, "all of it");
    eq(freeOf(seller(0)), 10 * HYPER + 3 * HYPER - HYPER / 2, "but for the lie");
    eq(owed(12, job), token.balanceOf(address(vault)), "the books");
  }

  function test_twoClaimsForOneCheckpointCostAllCollateral() public {
    JobEscrow job = running(termsFor(3));
    (Claim memory a, Claim memory b) = (claimOf(RESULT), claimOf("other"));
    Compact memory signedA = signClaim(job, 0, sellerKey(0), a);
    Compact memory signedB = signClaim(job, 0, sellerKey(0), b);
    Compact memory other = signClaim(job, 0, sellerKey(1), b);
    vm.expectRevert(JobEvidence.JobEscrowNoConflict.selector);
    job.equivocate(0, a, signedA, a, signedA);
    vm.expectPartialRevert(JobState.JobEscrowBadSignature.selector);
    job.equivocate(0, a, signedA, b, other);
    Compact memory outsiderA = signClaim(job, 0, sellerKey(9), a);
    Compact memory outsiderB = signClaim(job, 0, sellerKey(9), b);
    vm.expectPartialRevert(HyperVault.HyperVaultNotAtWork.selector);
    job.equivocate(0, a, outsiderA, b, outsiderB);
    job.equivocate(0, a, signedA, b, signedB);
    eq(lockedOf(seller(0)), 0, "nothing is left");
    vm.expectPartialRevert(HyperVault.HyperVaultNotAtWork.selector);
    job.equivocate(0, a, signedA, b, signedB);
    eq(vault.accountOf(seller(0)).bad, 1, "one proof counts once");
    eq(freeOf(address(timelock)), 2 * HYPER, "the treasury has it");
    pass(job, 0, same(3));
    pass(job, 1, same(3));
    settle(job, 3, words(7, 0, 7, 0));
    eq(freeOf(seller(0)), 8 * HYPER, "no pay without collateral");
    eq(vault.accountOf(seller(0)).active, 0, "but free for other work");
    eq(owed(12, job), token.balanceOf(address(vault)), "the books");
  }

  function test_twoContributionsToOneShardCostAllCollateral() public {
    JobEscrow job = running(termsFor(3));
    bytes32 shard = keccak256("shard");
    Compact memory a = compact(sellerKey(0), Messages.contribution(address(job), 0, shard, "a"));
    Compact memory b = compact(sellerKey(0), Messages.contribution(address(job), 0, shard, "b"));
    job.equivocateContribution(0, shard, "a", a, "b", b);
    eq(lockedOf(seller(0)), 0, "nothing is left");
  }

  function test_anOrderThatNobodyJoinedIsTakenBack() public {
    JobEscrow job = open(termsFor(3));
    bytes memory forged = long(sellerKey(0), Messages.cancel(address(job)));
    vm.expectPartialRevert(JobState.JobEscrowBadSignature.selector);
    job.cancel(forged);
    job.cancel(long(BUYER, Messages.cancel(address(job))));
    eq(freeOf(buyer()), 10_000 * HYPER, "all of it");
    JobEscrow joined = open(termsFor(3));
    fill(joined, 0, 1);
    bytes memory signature = long(BUYER, Messages.cancel(address(joined)));
    vm.expectPartialRevert(JobJoining.JobEscrowJoined.selector);
    joined.cancel(signature);
  }

  function test_anOrderThatDidNotFillExpires() public {
    JobEscrow job = open(termsFor(3));
    fill(job, 0, 2);
    address[] memory list = sellersUpTo(2);
    vm.expectPartialRevert(JobState.JobEscrowTooEarly.selector);
    job.expire(list);
    vm.warp(job.terms().joinBy + 1);
    Compact[] memory joins = joinsOf(job, 2, 3, HYPER);
    bytes memory hire = hireOf(address(job), HYPER, joins);
    uint64 deadline = job.terms().joinBy;
    vm.expectPartialRevert(JobState.JobEscrowTooLate.selector);
    job.fill(HYPER, deadline, joins, hire);
    address[] memory wrong = sellersUpTo(1);
    vm.expectRevert(JobState.JobEscrowWrongSellers.selector);
    job.expire(wrong);
    job.expire(list);
    eq(freeOf(buyer()), 10_000 * HYPER, "the buyer");
    eq(freeOf(seller(1)), 10 * HYPER, "who had joined");
    vm.expectPartialRevert(JobState.JobEscrowWrongPhase.selector);
    job.expire(list);
  }

  function test_thePriceIsRaisedForAll() public {
    JobEscrow job = open(termsFor(3));
    fill(job, 0, 1);
    uint88 price = uint88(6 * HYPER);
    uint96 amount = uint96(18 * HYPER + 18 * HYPER / 200);
    bytes memory signature = long(BUYER, Messages.fund(address(job), amount));
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    job.raise(price + 1, signature);
    job.raise(price, signature);
    eq(job.price(), price, "the new one");
    vm.expectPartialRevert(JobJoining.JobEscrowPriceTooLow.selector);
    job.raise(price, signature);
    vm.expectPartialRevert(JobJoining.JobEscrowPriceTooLow.selector);
    job.fill(7 * HYPER, type(uint64).max, new Compact[](0), "");
    Compact[] memory joins = joinsOf(job, 1, 3, 6 * HYPER);
    job.fill(6 * HYPER, job.terms().joinBy, joins, hireOf(address(job), 6 * HYPER, joins));
    pass(job, 0, same(3));
    pass(job, 1, same(3));
    settle(job, 3, words(7, 0, 7, 0));
    eq(freeOf(seller(0)), 16 * HYPER, "also for who had joined for less");
  }

  function test_whoIsBusyPoorOrNobodyIsPassedOver() public {
    JobEscrow other = running(termsFor(1));
    JobEscrow job = open(termsFor(2));
    uint64 deadline = job.terms().joinBy;
    Compact[] memory joins = joinsOf(job, 0, 5, HYPER);
    joins[1] = Compact(bytes32(0), bytes32(0));
    joins[2] = joinsOf(job, 40, 41, HYPER)[0];
    bytes memory hire = hireOf(address(job), HYPER, joins);
    vm.expectPartialRevert(HyperVault.HyperVaultLate.selector);
    job.fill(HYPER, uint64(block.timestamp - 1), joins, hire);
    job.fill(HYPER, deadline, joins, hire);
    eq(vault.accountOf(seller(3)).active, vault.jobOf(address(job)).number, "the first that can");
    eq(vault.accountOf(seller(4)).active, vault.jobOf(address(job)).number, "and the next");
    eq(vault.accountOf(seller(0)).active, vault.jobOf(address(other)).number, "one job at a time");
    vm.expectPartialRevert(JobState.JobEscrowWrongPhase.selector);
    job.fill(HYPER, deadline, joins, hire);
  }

  /// @dev Strangers who take all places would be the majority, and paid for any answer.
  function test_onlyWhomTheBuyerHiresHasAPlace() public {
    JobEscrow job = open(termsFor(2));
    uint64 deadline = job.terms().joinBy;
    Compact[] memory joins = joinsOf(job, 0, 2, HYPER);
    bytes memory hire = hireOf(address(job), HYPER, joins);
    Compact[] memory others = joinsOf(job, 2, 4, HYPER);
    bytes memory own =
      long(sellerKey(2), Messages.hire(address(job), HYPER, deadline, keccak256("any")));
    bytes memory elsewhere = hireOf(address(open(termsFor(2))), HYPER, others);
    vm.prank(relay);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    job.fill(HYPER, deadline, others, hire);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    job.fill(HYPER, deadline, others, own);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    job.fill(HYPER, deadline, others, elsewhere);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    job.fill(HYPER, deadline, others, "");
    (joins[0], joins[1]) = (joins[1], joins[0]);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    job.fill(HYPER, deadline, joins, hire);
    (joins[0], joins[1]) = (joins[1], joins[0]);
    // Held against another message a signature is of another key, which whoever made it can work out.
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    job.fill(HYPER, deadline + 1, joins, hire);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    job.fill(HYPER - 1, deadline, joins, hire);
    eq(job.progress().joined, 0, "nobody");
    vm.prank(stranger);
    job.fill(HYPER, deadline, joins, hire);
    eq(job.progress().joined, 2, "whoever brings the buyer's word");
  }

  function test_callsOutOfPhaseAreRefused() public {
    JobEscrow job = open(termsFor(3));
    vm.expectPartialRevert(JobState.JobEscrowWrongPhase.selector);
    job.start();
    vm.expectPartialRevert(JobState.JobEscrowWrongPhase.selector);
    job.anchor(0, "x");
    vm.expectPartialRevert(JobState.JobEscrowWrongPhase.selector);
    job.stop("");
    vm.expectPartialRevert(JobState.JobEscrowWrongPhase.selector);
    job.payout(new address[](0), new uint256[](0));
    vm.expectPartialRevert(JobState.JobEscrowWrongPhase.selector);
    job.settle(new address[](0), new uint256[](0));
    vm.expectPartialRevert(JobState.JobEscrowWrongPhase.selector);
    code.fill(0, 0, new Compact[](0), "");
  }

  function liar(uint256 sellers, uint256 who) private pure returns (Said memory said) {
    said = same(sellers);
    said.claims = new Claim[](2);
    (said.claims[0], said.claims[1]) = (claimOf(RESULT), claimOf("a lie"));
    said.by[who] = 1;
  }
}
