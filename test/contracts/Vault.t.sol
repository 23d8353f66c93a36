// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Accounts} from "../../contracts/src/Accounts.sol";
import {HyperVault} from "../../contracts/src/HyperVault.sol";
import {Ending, IHyperVault, Payment, Rules} from "../../contracts/src/IHyperVault.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobFactory} from "../../contracts/src/JobFactory.sol";
import {MarketRules} from "../../contracts/src/MarketRules.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Messages} from "../../contracts/src/Messages.sol";
import {Compact} from "../../contracts/src/Signature.sol";
import {Base} from "./Base.sol";

/// @dev Signs for a contract that buys (ERC-1271).
contract Wallet {
  address private immutable OWNER;

  constructor(address owner) {
    OWNER = owner;
  }

  function isValidSignature(bytes32 digest, bytes calldata signature)
    external
    view
    returns (bytes4)
  {
    (bytes32 r, bytes32 s, uint8 v) =
      (bytes32(signature[:32]), bytes32(signature[32:64]), uint8(signature[64]));
    return ecrecover(digest, v, r, s) == OWNER ? this.isValidSignature.selector : bytes4(0);
  }
}

/// @dev Money in and out, stakes, and what only governance or a job may do.
contract VaultTest is Base {
  function setUp() public {
    deployMarket(50);
    fundBuyerAnd(5);
  }

  function test_tokensComeOutAsTheyWentIn() public {
    vault.deposit(stranger, 5 * HYPER);
    vm.prank(stranger);
    vault.withdraw(stranger, relay, 2 * HYPER, 0, "");
    eq(token.balanceOf(relay), 2 * HYPER, "out");
    eq(freeOf(stranger), 3 * HYPER, "left");
    vm.expectPartialRevert(Accounts.HyperVaultTooLittle.selector);
    vm.prank(stranger);
    vault.withdraw(stranger, relay, 4 * HYPER, 0, "");
  }

  function test_aSignatureMovesMoneyOnceAndInTime() public {
    address account = seller(0);
    uint64 deadline = uint64(block.timestamp + 60);
    bytes memory signature =
      long(sellerKey(0), Messages.withdraw(account, relay, HYPER, vault.nonces(account), deadline));
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    vault.withdraw(account, stranger, HYPER, deadline, signature);
    vault.withdraw(account, relay, HYPER, deadline, signature);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    vault.withdraw(account, relay, HYPER, deadline, signature);
    signature =
      long(sellerKey(0), Messages.withdraw(account, relay, HYPER, vault.nonces(account), deadline));
    vm.warp(deadline + 1);
    vm.expectPartialRevert(HyperVault.HyperVaultLate.selector);
    vault.withdraw(account, relay, HYPER, deadline, signature);
  }

  function test_aPayoutAddressIsNamedOnceAndChangedByItselfOnly() public {
    address account = seller(0);
    uint64 deadline = uint64(block.timestamp + 60);
    bytes memory signature = long(sellerKey(0), Messages.register(account, relay, deadline));
    vm.expectRevert(HyperVault.HyperVaultNoPayout.selector);
    vault.register(account, address(0), deadline, signature);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    vault.register(account, stranger, deadline, signature);
    vault.register(account, relay, deadline, signature);
    vm.expectPartialRevert(HyperVault.HyperVaultPayoutSet.selector);
    vault.register(account, relay, deadline, signature);
    vm.expectPartialRevert(HyperVault.HyperVaultPayoutSet.selector);
    vm.prank(account);
    vault.withdraw(account, account, HYPER, 0, "");
    vm.prank(relay);
    vault.withdraw(account, relay, HYPER, 0, "");
    vm.prank(relay);
    vault.register(account, stranger, 0, "");
    vm.prank(stranger);
    vault.withdraw(account, stranger, HYPER, 0, "");
    require(vault.payoutOf(account) == stranger);
  }

  function test_aPermitDepositsInOneTransaction() public {
    address owner = vm.addr(77);
    token.transfer(owner, 5 * HYPER);
    uint256 deadline = block.timestamp + 60;
    bytes32 hash = keccak256(
      abi.encode(
        keccak256(
          "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        ),
        owner,
        address(vault),
        uint256(5 * HYPER),
        0,
        deadline
      )
    );
    bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), hash));
    (uint8 v, bytes32 r, bytes32 s) = vm.sign(77, digest);
    // Somebody sends the permit first: the deposit works all the same.
    token.permit(owner, address(vault), 5 * HYPER, deadline, v, r, s);
    vm.prank(owner);
    vault.depositWithPermit(owner, 5 * HYPER, deadline, v, r, s);
    eq(freeOf(owner), 5 * HYPER, "in");
    vm.expectRevert();
    vm.prank(owner);
    vault.depositWithPermit(owner, HYPER, deadline, v, r, s);
  }

  function test_aContractCanBuy() public {
    Wallet wallet = new Wallet(vm.addr(88));
    vault.deposit(address(wallet), 100 * HYPER);
    Terms memory terms = termsFor(1);
    terms.buyer = address(wallet);
    address at = factory.jobAt(terms, "");
    uint96 amount = uint96(factory.escrowFor(terms));
    bytes memory forged = long(89, Messages.fund(at, amount));
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    factory.create(terms, "", forged);
    factory.create(terms, "", long(88, Messages.fund(at, amount)));
    eq(vault.jobOf(at).escrow, amount, "the escrow is full");
    bytes32 hash = Messages.fund(at, amount);
    vm.assertTrue(vault.isSignedBy(vm.addr(88), hash, long(88, hash)), "a key");
    vm.assertTrue(!vault.isSignedBy(vm.addr(88), hash, long(89, hash)), "another key");
    vm.assertTrue(!vault.isSignedBy(address(0), hash, "nobody's"), "nobody");
  }

  function test_anOrderOpensOnce() public {
    Terms memory terms = termsFor(2);
    JobEscrow job = open(terms);
    bytes memory signature =
      long(BUYER, Messages.fund(address(job), uint96(factory.escrowFor(terms))));
    vm.expectRevert();
    factory.create(terms, "{}", signature);
    vm.prank(address(factory));
    vm.expectPartialRevert(HyperVault.HyperVaultJobKnown.selector);
    vault.open(address(job), buyer(), 1, signature);
    vm.prank(address(factory));
    vm.expectPartialRevert(HyperVault.HyperVaultJobKnown.selector);
    vault.open(stranger, address(0), 1, signature);
    vm.expectPartialRevert(HyperVault.HyperVaultNotFactory.selector);
    vault.open(stranger, buyer(), 1, signature);
    signature = long(BUYER, Messages.fund(stranger, 1));
    vm.prank(address(factory));
    vm.expectPartialRevert(HyperVault.HyperVaultNotJob.selector);
    vault.open(stranger, buyer(), 1, signature);
    vm.prank(address(job));
    vm.expectPartialRevert(HyperVault.HyperVaultNotRaised.selector);
    vault.fund(1, signature);
  }

  function test_anUnfundedBuyerSpendsNothing() public {
    Terms memory terms = termsFor(2);
    terms.buyer = vm.addr(99);
    bytes memory signature =
      long(99, Messages.fund(factory.jobAt(terms, "{}"), uint96(factory.escrowFor(terms))));
    vm.expectPartialRevert(Accounts.HyperVaultTooLittle.selector);
    factory.create(terms, "{}", signature);
  }

  function test_termsOutOfBoundsAreRefused() public {
    Terms memory good = termsFor(3);
    refused(good, 0, "sellers");
    for (uint256 i = 1; i < 21; ++i) {
      refused(good, i, "");
    }
    bytes memory long_ = new bytes(1025);
    vm.expectPartialRevert(JobFactory.JobFactoryBadTerms.selector);
    factory.create(good, string(long_), "");
    (good.sellers, good.replicas, good.checkpoints, good.payEvery) = (256, 16, 64, 64);
    vault.deposit(buyer(), 10_000 * HYPER);
    open(good);
  }

  function refused(Terms memory good, uint256 i, string memory) private {
    Terms memory terms = abi.decode(abi.encode(good), (Terms));
    if (i == 0) terms.sellers = 0;
    if (i == 1) terms.sellers = 257;
    if (i == 2) terms.replicas = 0;
    if (i == 3) terms.replicas = 2;
    if (i == 4) (terms.replicas, terms.sellers) = (17, 34);
    if (i == 5) (terms.replicas, terms.sellers) = (3, 4);
    if (i == 6) terms.checkpoints = 0;
    if (i == 7) terms.checkpoints = 65;
    if (i == 8) terms.payEvery = 0;
    if (i == 9) terms.payEvery = 3;
    if (i == 10) terms.price = 1;
    if (i == 11) terms.collateral = 1;
    if (i == 12) terms.window = 9;
    if (i == 13) (terms.window, terms.period) = (7 days + 1, 30 days);
    if (i == 14) terms.period = 3 * WINDOW - 1;
    if (i == 15) terms.period = 183 days + 1;
    if (i == 16) terms.joinBy = uint40(block.timestamp);
    if (i == 17) terms.joinBy = uint40(block.timestamp + 90 days + 1);
    if (i == 18) terms.feeBps = 49;
    if (i == 19) terms.feeBps = 51;
    if (i == 20) (terms.checkpoints, terms.payEvery, terms.period) = (1, 1, WINDOW - 1);
    vm.expectPartialRevert(JobFactory.JobFactoryBadTerms.selector);
    factory.create(terms, "", "");
  }

  function test_onlyAJobMayMoveWhatIsItsOwn() public {
    vm.expectPartialRevert(HyperVault.HyperVaultNotJob.selector);
    vault.join(0, 0, 0, 0, new Compact[](0), "");
    vm.expectPartialRevert(HyperVault.HyperVaultNotJob.selector);
    vault.settle(new address[](0), new uint16[](0), Payment(0, 0, 0, Ending.Completed));
    vm.expectPartialRevert(HyperVault.HyperVaultNotJob.selector);
    vault.slashAll(seller(0));
    vm.expectPartialRevert(HyperVault.HyperVaultNotJob.selector);
    vault.reward(relay, 1);
    vm.expectPartialRevert(HyperVault.HyperVaultNotJob.selector);
    vault.fund(1, "");
    vm.expectPartialRevert(HyperVault.HyperVaultNotAtWork.selector);
    vault.release(seller(0), stranger);
  }

  function test_onlyGovernanceSetsRulesAndWithinBounds() public {
    Rules memory rules = vault.rules();
    vm.expectPartialRevert(MarketRules.HyperVaultNotGovernance.selector);
    vault.setRules(rules);
    vm.expectPartialRevert(MarketRules.HyperVaultNotGovernance.selector);
    vault.setFactory(stranger, true);
    bad(Rules(101, 10, 7 days, 0));
    bad(Rules(0, 9, 7 days, 0));
    bad(Rules(0, 20, 19, 0));
    bad(Rules(0, 10, 30 days + 1, 0));
    bad(Rules(0, 10, 10, 30 days + 1));
    vm.prank(address(timelock));
    vault.setRules(Rules(100, 30 days, 30 days, 30 days));
    eq(vault.rules().feeBps, 100, "the highest fee");
  }

  function bad(Rules memory rules) private {
    vm.prank(address(timelock));
    vm.expectRevert(MarketRules.HyperVaultRulesOutOfBounds.selector);
    vault.setRules(rules);
  }

  function test_aStakeStandsBehindASeller() public {
    address backed = seller(8);
    vault.deposit(stranger, 10 * HYPER);
    vault.deposit(relay, 10 * HYPER);
    vm.prank(stranger);
    vault.stakeOn(backed, 3 * HYPER);
    vm.prank(relay);
    vault.stakeOn(backed, HYPER);
    vault.deposit(backed, HYPER);
    JobEscrow job = open(termsFor(1));
    Compact[] memory joins = joinsOf(job, 8, 9, HYPER);
    job.fill(HYPER, job.terms().joinBy, joins, hireOf(address(job), HYPER, joins));
    eq(lockedOf(backed), HYPER, "its own first");
    (uint256 total, uint256 locked) = vault.backingOf(backed);
    eq(total, 4 * HYPER, "all of the stakes");
    eq(locked, HYPER, "and the rest of theirs");
    vm.prank(relay);
    vault.requestUnstake(backed);
    vm.prank(relay);
    vm.expectPartialRevert(Accounts.HyperVaultStakeStays.selector);
    vault.unstake(backed);
    // Proven a liar: all collateral is taken, its backers' too.
    vm.prank(address(job));
    vault.slashAll(backed);
    (total, locked) = vault.backingOf(backed);
    eq(total, 3 * HYPER, "a quarter is gone");
    (uint256 worth,) = vault.stakeOf(backed, stranger);
    eq(worth, 3 * HYPER * 3 / 4, "of each stake");
    vm.warp(block.timestamp + 7 days);
    vm.prank(relay);
    vault.unstake(backed);
    eq(freeOf(relay), 9 * HYPER + 3 * HYPER / 4, "what is left of it");
    vm.prank(relay);
    vm.expectPartialRevert(Accounts.HyperVaultNoStake.selector);
    vault.unstake(backed);
    vm.prank(relay);
    vm.expectPartialRevert(Accounts.HyperVaultNoStake.selector);
    vault.requestUnstake(backed);
  }

  function test_aStakeAtWorkStays() public {
    address backed = seller(8);
    vault.deposit(stranger, 10 * HYPER);
    vm.prank(stranger);
    vault.stakeOn(backed, 2 * HYPER);
    Terms memory terms = termsFor(1);
    terms.joinBy = uint40(block.timestamp + 30 days);
    JobEscrow job = open(terms);
    Compact[] memory joins = joinsOf(job, 8, 9, HYPER);
    bytes memory hire = hireOf(address(job), HYPER, joins);
    job.fill(HYPER, terms.joinBy, joins, hire);
    vm.prank(stranger);
    vault.requestUnstake(backed);
    vm.warp(block.timestamp + 8 days);
    vm.prank(stranger);
    vm.expectPartialRevert(Accounts.HyperVaultStakeAtWork.selector);
    vault.unstake(backed);
    vm.warp(block.timestamp + 30 days);
    job.close(0);
    vm.warp(block.timestamp + 30 days);
    job.close(1);
    address[] memory list = new address[](1);
    list[0] = backed;
    job.settle(list, words(0, 0, 0, 0));
    vm.prank(stranger);
    vault.unstake(backed);
    eq(freeOf(stranger), 10 * HYPER, "all of it");
  }

  function test_stakesThatWereSlashedWhollyAreWorthNothing() public {
    address backed = seller(8);
    vault.deposit(stranger, 10 * HYPER);
    vm.prank(stranger);
    vault.stakeOn(backed, 2 * HYPER);
    JobEscrow job = open(termsFor(1));
    Compact[] memory joins = joinsOf(job, 8, 9, HYPER);
    job.fill(HYPER, job.terms().joinBy, joins, hireOf(address(job), HYPER, joins));
    vm.prank(address(job));
    vault.slashAll(backed);
    (uint256 worth,) = vault.stakeOf(backed, stranger);
    eq(worth, 0, "nothing");
    vm.prank(stranger);
    vault.stakeOn(backed, HYPER);
    (worth,) = vault.stakeOf(backed, stranger);
    eq(worth, HYPER, "a new stake is worth what it is");
  }

  function test_aJobThatForgetsASellerDoesNotKeepItsCollateral() public {
    JobEscrow job = running(termsFor(2));
    address[] memory one = sellersUpTo(1);
    vm.prank(address(job));
    vault.settle(one, new uint16[](1), Payment(0, 0, 0, Ending.Completed));
    eq(lockedOf(seller(1)), 2 * HYPER, "forgotten");
    vault.release(seller(1), address(job));
    eq(freeOf(seller(1)), 10 * HYPER, "and given back");
    vm.expectPartialRevert(HyperVault.HyperVaultNotAtWork.selector);
    vault.release(seller(1), address(job));
    vm.expectPartialRevert(HyperVault.HyperVaultNotJob.selector);
    vm.prank(address(job));
    vault.reward(relay, 1);
  }

  function test_scoresStayAtTheirGreatestValue() public {
    JobEscrow job = running(termsFor(1));
    address[] memory one = sellersUpTo(1);
    uint16[] memory tally = new uint16[](1);
    tally[0] = 255;
    for (uint256 i = 0; i < 258; ++i) {
      vm.prank(address(job));
      vault.settle(one, tally, Payment(0, 0, 255, Ending.None));
    }
    eq(vault.accountOf(seller(0)).ok, type(uint16).max, "no wrap around");
  }

  function test_aJobTakesNoMoreThanItHolds() public {
    JobEscrow job = running(termsFor(1));
    address[] memory one = sellersUpTo(1);
    uint16[] memory tally = new uint16[](1);
    tally[0] = 1;
    vm.prank(address(job));
    vm.expectRevert();
    vault.settle(one, tally, Payment(100 * HYPER, 0, 1, Ending.None));
    tally[0] = 1 << 8;
    vm.prank(address(job));
    vm.expectRevert();
    vault.settle(one, tally, Payment(0, 3 * HYPER, 1, Ending.None));
    vm.prank(address(job));
    vm.expectRevert();
    vault.reward(stranger, 100 * HYPER);
    one[0] = seller(1);
    vm.prank(address(job));
    vm.expectPartialRevert(HyperVault.HyperVaultNotAtWork.selector);
    vault.settle(one, tally, Payment(0, 1, 1, Ending.None));
    vm.prank(address(job));
    vm.expectPartialRevert(HyperVault.HyperVaultNotAtWork.selector);
    vault.slashAll(seller(1));
  }

  function test_theDomainIsThatOfTheVault() public {
    require(Messages.domainSeparator(address(vault)) == vault.domainSeparator());
    vm.chainId(5);
    require(Messages.domainSeparator(address(vault)) == vault.domainSeparator(), "on a fork, too");
  }

  function test_theSupplyIsWhatItIs() public view {
    eq(token.totalSupply(), 100_000_000e18, "minted once");
    eq(token.clock(), block.timestamp, "votes by time");
    require(keccak256(bytes(token.CLOCK_MODE())) == keccak256("mode=timestamp"));
    eq(token.nonces(stranger), 0, "permits");
  }
}
