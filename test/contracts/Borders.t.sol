// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BuyerScore, HyperVault} from "../../contracts/src/HyperVault.sol";
import {Rules} from "../../contracts/src/IHyperVault.sol";
import {JobCheckpoints, Reveals} from "../../contracts/src/JobCheckpoints.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobFactory} from "../../contracts/src/JobFactory.sol";
import {JobJoining} from "../../contracts/src/JobJoining.sol";
import {JobState, Phase} from "../../contracts/src/JobState.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Messages} from "../../contracts/src/Messages.sol";
import {Compact} from "../../contracts/src/Signature.sol";
import {Base} from "./Base.sol";

/// @dev The last value that is taken and the first that is not, of each limit and each deadline.
contract BordersTest is Base {
  function setUp() public {
    deployMarket(50);
    fundBuyerAnd(9);
  }

  function test_termsAtTheirBoundsAreTaken() public {
    for (uint256 i = 0; i < 12; ++i) {
      Terms memory terms = termsFor(3);
      if (i == 0) terms.sellers = 1;
      if (i == 1) (terms.sellers, terms.price) = (256, uint88(HYPER));
      if (i == 2) terms.replicas = 3;
      if (i == 3) (terms.sellers, terms.replicas) = (16, 16);
      if (i == 4) (terms.checkpoints, terms.payEvery) = (64, 64);
      if (i == 5) (terms.checkpoints, terms.payEvery) = (1, 1);
      if (i == 6) (terms.price, terms.collateral) = (2, 2);
      if (i == 7) terms.window = 10;
      if (i == 8) (terms.window, terms.period) = (7 days, 21 days);
      if (i == 9) (terms.period, terms.joinBy) = (183 days, uint40(block.timestamp + 1));
      if (i == 10) terms.joinBy = uint40(block.timestamp + 90 days);
      if (i == 11) (terms.checkpoints, terms.payEvery, terms.period) = (1, 1, WINDOW);
      open(terms);
    }
    Terms memory last = termsFor(1);
    string memory longest = string(new bytes(1024));
    bytes memory signature =
      long(BUYER, Messages.fund(factory.jobAt(last, longest), uint96(factory.escrowFor(last))));
    factory.create(last, longest, signature);
  }

  function test_rulesAtTheirBoundsAreTaken() public {
    vm.prank(address(timelock));
    vault.setRules(Rules(100, 10, 10, 30 days));
    eq(vault.rules().leastWindow, 10, "the shortest window");
    vm.prank(address(timelock));
    vault.setRules(Rules(0, 30 days, 30 days, 0));
    eq(vault.rules().mostWindow, 30 days, "the longest window");
  }

  function test_allOfAnAccountMayLeaveAndOnTheLastSecond() public {
    address account = seller(0);
    uint64 deadline = uint64(block.timestamp + 60);
    bytes memory signature =
      long(sellerKey(0), Messages.withdraw(account, relay, 10 * HYPER, 0, deadline));
    vm.warp(deadline);
    vault.withdraw(account, relay, 10 * HYPER, deadline, signature);
    eq(freeOf(account), 0, "nothing is left");
    eq(token.balanceOf(relay), 10 * HYPER, "it is outside");
  }

  function test_joinsAreTakenUntilTheLastSecondAndAtTheWholePrice() public {
    Terms memory terms = termsFor(3);
    JobEscrow job = open(terms);
    uint96 price = terms.price;
    Compact[] memory joins = joinsOf(job, 0, 1, price);
    bytes memory hire = hireOf(address(job), price, joins);
    vm.expectRevert(
      abi.encodeWithSelector(JobJoining.JobEscrowPriceTooLow.selector, price, price + 1)
    );
    job.fill(price + 1, terms.joinBy, joins, hire);
    vm.warp(terms.joinBy);
    job.fill(price, terms.joinBy, joins, hire);
    eq(job.progress().joined, 1, "in time");
    address[] memory list = sellersUpTo(1);
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowTooEarly.selector, terms.joinBy));
    job.expire(list);
    vm.warp(terms.joinBy + 1);
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowTooLate.selector, terms.joinBy));
    job.fill(price, terms.joinBy, joins, hire);
    job.expire(list);
    BuyerScore memory score = vault.buyerScoreOf(buyer());
    eq(score.completed + score.stopped + score.abandoned, 0, "an order that expires is no job");
  }

  function test_noMoreThanThePlacesAreTaken() public {
    JobEscrow job = open(termsFor(3));
    fill(job, 0, 2);
    fill(job, 2, 5);
    eq(job.progress().joined, 3, "three places");
    eq(vault.accountOf(seller(2)).active, 1, "the third has one");
    eq(vault.accountOf(seller(3)).active, 0, "the fourth is free");
    eq(uint8(job.progress().phase), uint8(Phase.Running), "it runs");
  }

  function test_theLotIsThatOfTheSecondBlock() public {
    Terms memory terms = termsFor(9);
    terms.replicas = 3;
    JobEscrow job = open(terms);
    fill(job, 0, 9);
    uint256 until = commitByOf(job);
    address[] memory list = sellersUpTo(9);
    vm.roll(block.number + 2);
    vm.expectRevert(JobJoining.JobEscrowNoLot.selector);
    job.start();
    vm.warp(until);
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowTooEarly.selector, until));
    job.expire(list);
    vm.roll(block.number + 1);
    vm.setBlockhash(block.number - 1, keccak256("lot"));
    job.start();
    eq(commitByOf(job), until + PERIOD, "a period from then");
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowWrongPhase.selector, Phase.Running));
    job.expire(list);
  }

  function test_theRelayHasTheFirstHalfOfTheWindow() public {
    JobEscrow job = running(termsFor(3));
    uint256 commitBy = commitByOf(job);
    uint256 openFrom = commitBy - WINDOW / 2;
    vm.warp(commitBy - WINDOW - 1);
    vm.prank(relay);
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowTooEarly.selector, commitBy - WINDOW));
    job.anchor(0, "x");
    vm.warp(openFrom - 1);
    vm.prank(stranger);
    vm.expectRevert(
      abi.encodeWithSelector(JobCheckpoints.JobEscrowNotRelay.selector, relay, openFrom)
    );
    job.anchor(0, "x");
    vm.warp(openFrom);
    vm.prank(stranger);
    job.anchor(0, "x");
  }

  function test_aCheckpointIsBoundUntilItsTimeAndShownAfterIt() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    bytes32 list = anchorOf(job, 0, said);
    Reveals memory reveals = revealsOf(job, 0, said);
    uint256 commitBy = commitByOf(job);
    vm.warp(commitBy);
    vm.prank(relay);
    job.anchor(0, list);
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowTooEarly.selector, commitBy));
    job.attest(0, reveals);
    vm.warp(commitBy + WINDOW + 1);
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowTooLate.selector, commitBy + WINDOW));
    job.attest(0, reveals);
    vm.warp(commitBy + WINDOW);
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowTooEarly.selector, commitBy + WINDOW));
    job.close(0);
    job.attest(0, reveals);
    eq(job.progress().index, 1, "on the last second");
    eq(commitByOf(job), commitBy + PERIOD, "the next is a period after it");
  }

  function test_aCheckpointThatClosesLateLeavesAWindowForTheNext() public {
    Terms memory terms = termsFor(3);
    (terms.checkpoints, terms.payEvery, terms.period) = (3, 3, 3 * WINDOW);
    terms.sellers = 1;
    JobEscrow job = running(terms);
    uint256 commitBy = commitByOf(job);
    vm.warp(commitBy + 2 * WINDOW);
    job.close(0);
    eq(commitByOf(job), commitBy + 3 * WINDOW, "a window late: at the end of the period");
    ++terms.nonce;
    terms.joinBy = uint40(block.timestamp + 1 hours);
    job = open(terms);
    fill(job, 3, 4);
    commitBy = commitByOf(job);
    vm.warp(commitBy + 2 * WINDOW + 1);
    job.close(0);
    eq(commitByOf(job), commitBy + 3 * WINDOW + 1, "later: not at the end of the period");
  }

  function test_aPriceIsRaisedToMoreOnly() public {
    JobEscrow job = open(termsFor(3));
    uint88 price = job.terms().price;
    vm.expectRevert(abi.encodeWithSelector(JobJoining.JobEscrowPriceTooLow.selector, price, price));
    job.raise(price, "");
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    job.raise(price + 100, "");
    eq(job.price(), price, "as it was");
    uint96 amount = uint96(3 * (uint256(price) + 2e4) * 10_050 / 10_000);
    job.raise(price + 2e4, long(BUYER, Messages.fund(address(job), amount)));
    eq(vault.jobOf(address(job)).escrow, amount, "so much in all");
    eq(freeOf(buyer()), 10_000 * HYPER - amount, "no more is taken from the buyer");
  }

  function test_aPriceIsRaisedAndAnOrderTakenBackOnlyWhileItIsOpen() public {
    JobEscrow job = running(termsFor(1));
    bytes memory signature = long(BUYER, Messages.fund(address(job), 100 * HYPER));
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowWrongPhase.selector, Phase.Running));
    job.raise(type(uint88).max, signature);
    JobEscrow other = open(termsFor(1));
    signature = long(BUYER, Messages.cancel(address(other)));
    other.cancel(signature);
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowWrongPhase.selector, Phase.Closed));
    other.cancel(signature);
  }
}
