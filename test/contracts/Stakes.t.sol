// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Accounts} from "../../contracts/src/Accounts.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Claim} from "../../contracts/src/Messages.sol";
import {Base} from "./Base.sol";

/// @dev Stakes behind the first seller, to the last token: what comes, is at work, is slashed, and leaves.
contract StakesTest is Base {
  address private backed;

  function setUp() public {
    deployMarket(0);
    backed = seller(0);
    vault.deposit(buyer(), 10_000 * HYPER);
    vault.deposit(seller(1), 10 * HYPER);
    vault.deposit(seller(2), 10 * HYPER);
    vault.deposit(stranger, 10 * HYPER);
    vault.deposit(relay, 10 * HYPER);
  }

  function test_stakingMoreAddsAndTakesTheWishToLeaveBack() public {
    stake(stranger, 3 * HYPER);
    leaveLater(stranger);
    stake(stranger, HYPER);
    (uint256 worth, uint256 leavesAt) = vault.stakeOf(backed, stranger);
    eq(worth, 4 * HYPER, "both");
    eq(leavesAt, 0, "and they stay");
    eq(freeOf(stranger), 6 * HYPER, "paid for");
    vm.warp(block.timestamp + 8 days);
    refusedAsNone(stranger);
  }

  function test_aStakeLeavesOnItsSecondAndNotBefore() public {
    stake(stranger, 3 * HYPER);
    leaveLater(stranger);
    uint256 leavesAt = block.timestamp + 7 days;
    vm.warp(leavesAt - 1);
    vm.expectRevert(abi.encodeWithSelector(Accounts.HyperVaultStakeStays.selector, leavesAt));
    vm.prank(stranger);
    vault.unstake(backed);
    vm.warp(leavesAt);
    vm.prank(stranger);
    vault.unstake(backed);
    eq(freeOf(stranger), 10 * HYPER, "all of it");
    stands(0, 0);
    refusedAsNone(stranger);
    // Its shares are gone as well: whoever comes now is alone.
    stake(relay, 2 * HYPER);
    worthIs(relay, 2 * HYPER);
    // So are those that were leaving: the new one's stand behind a job.
    fill(open(termsFor(1)), 0, 1);
    stands(2 * HYPER, 2 * HYPER);
  }

  function test_whoComesLaterNeitherGainsNorLoses() public {
    stake(stranger, 4 * HYPER);
    slashOnce();
    worthIs(stranger, 2 * HYPER);
    stake(relay, 3 * HYPER);
    worthIs(relay, 3 * HYPER);
    worthIs(stranger, 2 * HYPER);
    leaveLater(relay);
    vm.warp(block.timestamp + 7 days);
    vm.prank(relay);
    vault.unstake(backed);
    eq(freeOf(relay), 10 * HYPER, "what it brought");
    worthIs(stranger, 2 * HYPER);
    stands(2 * HYPER, 0);
  }

  function test_whatNoJobHoldsMayLeave() public {
    stake(stranger, 2 * HYPER);
    stake(relay, 2 * HYPER + 1);
    fill(open(termsFor(1)), 0, 1);
    stands(4 * HYPER + 1, 2 * HYPER);
    leaveLater(stranger);
    leaveLater(relay);
    vm.warp(block.timestamp + 7 days);
    vm.prank(relay);
    vault.unstake(backed);
    eq(freeOf(relay), 10 * HYPER, "just so much was free");
    vm.expectRevert(abi.encodeWithSelector(Accounts.HyperVaultStakeAtWork.selector, 0, 2 * HYPER));
    vm.prank(stranger);
    vault.unstake(backed);
  }

  /// @dev Otherwise one job after the other could hold a stake for ever.
  function test_aStakeThatWasAskedBackStandsBehindNoNewJob() public {
    stake(stranger, 2 * HYPER);
    leaveLater(stranger);
    JobEscrow job = open(termsFor(1));
    fill(job, 0, 1);
    eq(job.progress().joined, 0, "nobody");
    stake(relay, 2 * HYPER - 1);
    fill(job, 0, 1);
    eq(job.progress().joined, 0, "with one token too few");
    stake(relay, 1);
    fill(job, 0, 1);
    stands(4 * HYPER, 2 * HYPER);
    vm.warp(block.timestamp + 7 days);
    vm.prank(stranger);
    vault.unstake(backed);
    eq(freeOf(stranger), 10 * HYPER, "it leaves in the middle of the job");
    stands(2 * HYPER, 2 * HYPER);
  }

  function test_whoeverStakesMoreStaysWithAll() public {
    stake(stranger, HYPER);
    leaveLater(stranger);
    leaveLater(stranger);
    stake(stranger, HYPER);
    fill(open(termsFor(1)), 0, 1);
    stands(2 * HYPER, 2 * HYPER);
  }

  /// @dev After a slash a share is worth less than a token, and what leaves is no whole number of them.
  function test_whatLeavesIsRoundedInItsFavour() public {
    stake(stranger, 2 * HYPER + 1);
    stake(relay, HYPER);
    JobEscrow job = running(termsFor(3));
    pass(job, 0, liar());
    pass(job, 1, same(3));
    settle(job, 3, words(6, 1, 7, 0));
    leaveLater(relay);
    (uint256 total,) = vault.backingOf(backed);
    (uint256 leaving,) = vault.stakeOf(backed, relay);
    Terms memory terms = termsFor(1);
    terms.collateral = uint88(freeOf(backed) + total - leaving);
    JobEscrow next = open(terms);
    fill(next, 0, 1);
    eq(next.progress().joined, 0, "the last token is partly of the stake that leaves");
    --terms.collateral;
    next = open(terms);
    fill(next, 0, 1);
    eq(next.progress().joined, 1, "with all that stays");
  }

  function test_nothingIsNoStakeAndNoDeposit() public {
    vm.expectRevert(Accounts.HyperVaultNothing.selector);
    vault.stakeOn(backed, 0);
    vm.expectRevert(Accounts.HyperVaultNothing.selector);
    vault.deposit(backed, 0);
  }

  function test_aStakeThatWasSlashedWhollyDoesNotLeave() public {
    stake(stranger, 2 * HYPER);
    JobEscrow job = open(termsFor(1));
    fill(job, 0, 1);
    leaveLater(stranger);
    slash(job);
    stands(0, 0);
    worthIs(stranger, 0);
    vm.warp(block.timestamp + 8 days);
    refusedAsNone(stranger);
    // And once more, after a stake of somebody else's.
    stake(relay, 2 * HYPER);
    worthIs(stranger, 0);
    slashOnce();
    worthIs(relay, 0);
    stake(stranger, HYPER);
    worthIs(stranger, HYPER);
    worthIs(relay, 0);
  }

  function test_ownTokensAreAtWorkFirst() public {
    vault.deposit(backed, 2 * HYPER);
    stake(stranger, 2 * HYPER);
    fill(open(termsFor(1)), 0, 1);
    eq(lockedOf(backed), 2 * HYPER, "just enough");
    eq(vault.accountOf(backed).backed, 0, "without its backers");
    stands(2 * HYPER, 0);
  }

  function test_whoLacksOneTokenIsPassedOver() public {
    vault.deposit(backed, HYPER);
    stake(stranger, HYPER - 1);
    JobEscrow job = open(termsFor(1));
    fill(job, 0, 1);
    eq(job.progress().joined, 0, "nobody");
    eq(vault.accountOf(backed).active, 0, "free for other work");
    eq(freeOf(backed), HYPER, "with all that it has");
    stands(HYPER - 1, 0);
    stake(stranger, 1);
    fill(job, 0, 1);
    eq(job.progress().joined, 1, "with just enough");
    eq(freeOf(backed), 0, "all of its own");
    stands(HYPER, HYPER);
  }

  function test_ownCollateralIsSlashedBeforeTheBackers() public {
    vault.deposit(backed, HYPER + HYPER / 2);
    stake(stranger, 3 * HYPER);
    JobEscrow job = running(termsFor(3));
    stands(3 * HYPER, HYPER / 2);
    pass(job, 0, liar());
    pass(job, 1, same(3));
    settle(job, 3, words(6, 1, 7, 0));
    eq(freeOf(backed), HYPER / 2 + 2 * HYPER, "what is left of its own, and one slice");
    eq(lockedOf(backed), 0, "nothing at work");
    stands(3 * HYPER, 0);
    eq(freeOf(address(timelock)), HYPER, "one cut");
  }

  function test_backersLoseWhatIsMoreThanItsOwn() public {
    vault.deposit(backed, HYPER / 2);
    stake(stranger, 3 * HYPER);
    JobEscrow job = running(termsFor(3));
    stands(3 * HYPER, HYPER + HYPER / 2);
    pass(job, 0, liar());
    pass(job, 1, same(3));
    settle(job, 3, words(6, 1, 7, 0));
    eq(freeOf(backed), 2 * HYPER, "one slice");
    stands(2 * HYPER + HYPER / 2, 0);
    worthIs(stranger, 2 * HYPER + HYPER / 2);
    eq(vault.accountOf(backed).backed, 0, "free for other work");
  }

  function test_backersAreFreedFirst() public {
    vault.deposit(backed, HYPER + HYPER / 2);
    stake(stranger, HYPER);
    Terms memory terms = termsFor(3);
    terms.payEvery = 1;
    JobEscrow job = running(terms);
    stands(HYPER, HYPER / 2);
    pass(job, 0, same(3));
    job.payout(sellersUpTo(3), words(7, 0));
    stands(HYPER, 0);
    eq(lockedOf(backed), HYPER, "half of the collateral works on");
    eq(freeOf(backed), HYPER / 2 + 2 * HYPER, "the rest of its own, and one slice");
    pass(job, 1, same(3));
    settle(job, 3, words(7, 0));
    eq(freeOf(backed), HYPER + HYPER / 2 + 4 * HYPER, "all of it");
    eq(lockedOf(backed), 0, "nothing at work");
    stands(HYPER, 0);
  }

  function test_partOfTheBackersIsFreedWithEachPayment() public {
    stake(stranger, 3 * HYPER);
    Terms memory terms = termsFor(3);
    terms.payEvery = 1;
    JobEscrow job = running(terms);
    stands(3 * HYPER, 2 * HYPER);
    pass(job, 0, same(3));
    job.payout(sellersUpTo(3), words(7, 0));
    stands(3 * HYPER, HYPER);
    pass(job, 1, liar());
    settle(job, 3, words(6, 1));
    stands(2 * HYPER, 0);
    eq(freeOf(backed), 2 * HYPER, "one slice");
  }

  function stake(address who, uint96 amount) private {
    vm.prank(who);
    vault.stakeOn(backed, amount);
  }

  function leaveLater(address who) private {
    vm.prank(who);
    vault.requestUnstake(backed);
    (, uint256 leavesAt) = vault.stakeOf(backed, who);
    eq(leavesAt, block.timestamp + 7 days, "a delay from now");
  }

  function refusedAsNone(address who) private {
    vm.expectRevert(abi.encodeWithSelector(Accounts.HyperVaultNoStake.selector, backed, who));
    vm.prank(who);
    vault.unstake(backed);
  }

  function stands(uint256 total, uint256 locked) private view {
    (uint256 total_, uint256 locked_) = vault.backingOf(backed);
    eq(total_, total, "stakes");
    eq(locked_, locked, "of which at work");
  }

  function worthIs(address who, uint256 amount) private view {
    (uint256 worth,) = vault.stakeOf(backed, who);
    eq(worth, amount, "worth");
  }

  /// @dev It loses two tokens in a job, and the job ends.
  function slashOnce() private {
    slash(running(termsFor(1)));
  }

  function slash(JobEscrow job) private {
    vm.prank(address(job));
    vault.slashAll(backed);
    pass(job, 0, same(1));
    pass(job, 1, same(1));
    settle(job, 1, words(1, 0, 1, 0));
  }

  function liar() private pure returns (Said memory said) {
    said = same(3);
    said.claims = new Claim[](2);
    (said.claims[0], said.claims[1]) = (claimOf(RESULT), claimOf("a lie"));
    said.by[0] = 1;
  }
}
