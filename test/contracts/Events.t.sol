// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Accounts} from "../../contracts/src/Accounts.sol";
import {HyperVault} from "../../contracts/src/HyperVault.sol";
import {Ending, Payment, Rules} from "../../contracts/src/IHyperVault.sol";
import {JobCheckpoints, Reveals} from "../../contracts/src/JobCheckpoints.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobEvidence} from "../../contracts/src/JobEvidence.sol";
import {JobFactory} from "../../contracts/src/JobFactory.sol";
import {JobJoining} from "../../contracts/src/JobJoining.sol";
import {JobTerms, Terms} from "../../contracts/src/JobTerms.sol";
import {MarketRules} from "../../contracts/src/MarketRules.sol";
import {Claim, Messages} from "../../contracts/src/Messages.sol";
import {Compact} from "../../contracts/src/Signature.sol";
import {Base, Recorded} from "./Base.sol";

/// @dev Devices and controllers learn everything from events, so each is told, in full.
contract EventsTest is Base {
  function setUp() public {
    deployMarket(50);
    fundBuyerAnd(9);
  }

  function test_moneyInAndOutIsTold() public {
    address account = vm.addr(321);
    uint64 deadline = uint64(block.timestamp + 60);
    bytes memory signature = long(321, Messages.register(account, relay, deadline));
    vm.expectEmit(address(vault));
    emit HyperVault.Deposited(account, address(this), 5 * HYPER);
    vault.deposit(account, 5 * HYPER);
    vm.expectEmit(address(vault));
    emit HyperVault.Registered(account, relay);
    vault.register(account, relay, deadline, signature);
    vm.prank(relay);
    vm.expectEmit(address(vault));
    emit HyperVault.Withdrawn(account, relay, HYPER);
    vault.withdraw(account, relay, HYPER, 0, "");
  }

  function test_stakesAreTold() public {
    address backed = seller(0);
    vault.deposit(stranger, 10 * HYPER);
    vm.prank(stranger);
    vm.expectEmit(address(vault));
    emit Accounts.Staked(backed, stranger, 3 * HYPER);
    vault.stakeOn(backed, 3 * HYPER);
    vm.prank(stranger);
    vm.expectEmit(address(vault));
    emit Accounts.UnstakeRequested(backed, stranger, block.timestamp + 7 days);
    vault.requestUnstake(backed);
    vm.warp(block.timestamp + 7 days);
    vm.prank(stranger);
    vm.expectEmit(address(vault));
    emit Accounts.Unstaked(backed, stranger, 3 * HYPER);
    vault.unstake(backed);
  }

  function test_rulesAreTold() public {
    vm.prank(address(timelock));
    vm.expectEmit(address(vault));
    emit MarketRules.RulesSet(70, 20, 6 days, 5 days);
    vault.setRules(Rules(70, 20, 6 days, 5 days));
    vm.prank(address(timelock));
    vm.expectEmit(address(vault));
    emit MarketRules.FactorySet(stranger, true);
    vault.setFactory(stranger, true);
  }

  function test_anOrderIsTold() public {
    Terms memory terms = termsFor(2);
    address at = factory.jobAt(terms, "{}");
    uint96 amount = uint96(factory.escrowFor(terms));
    bytes memory signature = long(BUYER, Messages.fund(at, amount));
    vm.expectEmit(address(factory));
    emit JobFactory.JobCreated(at, JobTerms.pack(terms), "{}");
    vm.expectEmit(address(vault));
    emit HyperVault.JobOpened(at, terms.buyer, 1);
    factory.create(terms, "{}", signature);

    uint88 price = uint88(6 * HYPER);
    amount = uint96(12 * HYPER + 12 * HYPER / 200);
    signature = long(BUYER, Messages.fund(at, amount));
    vm.expectEmit(at);
    emit JobJoining.PriceRaised(price);
    vm.expectEmit(address(vault));
    emit HyperVault.JobRaised(at, amount);
    JobEscrow(at).raise(price, signature);

    Compact[] memory joins = joinsOf(JobEscrow(at), 0, 2, HYPER);
    bytes memory hire = hireOf(at, HYPER, joins);
    vm.expectEmit(address(vault));
    emit HyperVault.SellersJoined(at, sellersUpTo(2), HYPER);
    vm.expectEmit(at);
    emit JobJoining.Started(0, block.timestamp + PERIOD);
    JobEscrow(at).fill(HYPER, terms.joinBy, joins, hire);
    eq(vault.jobOf(address(open(termsFor(1)))).number, 2, "jobs are counted upwards");
  }

  function test_onlyWhoHasJoinedIsTold() public {
    JobEscrow job = open(termsFor(3));
    uint64 deadline = job.terms().joinBy;
    Compact[] memory joins = joinsOf(job, 0, 3, HYPER);
    joins[1] = Compact(0, 0);
    bytes memory hire = hireOf(address(job), HYPER, joins);
    address[] memory list = new address[](2);
    (list[0], list[1]) = (seller(0), seller(2));
    vm.expectEmit(address(vault));
    emit HyperVault.SellersJoined(address(job), list, HYPER);
    job.fill(HYPER, deadline, joins, hire);
    vm.warp(deadline + 1);
    job.expire(list);
    eq(freeOf(seller(2)), 10 * HYPER, "both have a place");
  }

  function test_theLotIsTold() public {
    Terms memory terms = termsFor(9);
    terms.replicas = 3;
    JobEscrow job = open(terms);
    Compact[] memory joins = joinsOf(job, 0, 9, HYPER);
    bytes memory hire = hireOf(address(job), HYPER, joins);
    vm.expectEmit(address(job));
    emit JobJoining.Filled(block.number);
    job.fill(HYPER, terms.joinBy, joins, hire);
    eq(commitByOf(job), block.timestamp + WINDOW, "a window for the draw");
    vm.roll(block.number + 3);
    vm.setBlockhash(block.number - 1, keccak256("lot"));
    bytes32 seed = keccak256(abi.encode(keccak256("lot"), address(job)));
    vm.expectEmit(address(job));
    emit JobJoining.Started(seed, block.timestamp + PERIOD);
    job.start();
  }

  function test_aCheckpointIsTold() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    uint256 commitBy = commitByOf(job);
    bytes32 list = anchorOf(job, 0, said);
    vm.warp(commitBy - WINDOW);
    vm.prank(relay);
    vm.expectEmit(address(job));
    emit JobCheckpoints.Anchored(0, list);
    job.anchor(0, list);

    bytes32 own = boundBy(job, 0, said, 2);
    Compact memory signature = compact(sellerKey(2), Messages.commit(address(job), 0, own));
    vm.expectEmit(address(job));
    emit JobCheckpoints.Committed(0, 2, own);
    commitAlone(job, 0, 2, own, signature, sellersUpTo(3));

    vm.warp(commitBy + 1);
    said.by[2] = 255;
    Reveals memory reveals = revealsOf(job, 0, said);
    reveals.replaced = new bytes32[](1);
    reveals.replaced[0] = own;
    vm.expectEmit(address(job));
    emit JobCheckpoints.Attested(0, 3, 0, abi.encode(said.claims, bitsList(3)));
    job.attest(0, reveals);

    said.by[2] = 0;
    reveals = revealsOf(job, 0, said);
    reveals.shown = abi.encode(said.claims, bitsList(3));
    reveals.replaced = new bytes32[](1);
    reveals.replaced[0] = own;
    vm.expectEmit(address(job));
    emit JobCheckpoints.CheckpointClosed(0, 7, 0, commitBy + PERIOD);
    job.attest(0, reveals);

    bytes memory stop = long(BUYER, Messages.stop(address(job)));
    vm.expectEmit(address(job));
    emit JobCheckpoints.StopRequested(1);
    job.stop(stop);
  }

  function test_paymentsAreTold() public {
    Terms memory terms = termsFor(3);
    (terms.payEvery, terms.relayFee) = (1, 40);
    JobEscrow job = running(terms);
    pass(job, 0, same(3));
    uint256 left = vault.jobOf(address(job)).escrow;
    address[] memory list = sellersUpTo(3);
    vm.expectEmit(address(vault));
    emit HyperVault.JobPaid(
      address(job), 6 * HYPER, 0, 6 * HYPER / 200, left - 6 * HYPER - 6 * HYPER / 200
    );
    job.payout(list, words(7, 0));

    Said memory said = same(3);
    said.claims = new Claim[](2);
    (said.claims[0], said.claims[1]) = (claimOf(RESULT), claimOf("a lie"));
    said.by[0] = 1;
    pass(job, 1, said);
    vm.expectEmit(address(vault));
    emit HyperVault.RelayRewarded(address(job), address(this), 10);
    vm.expectEmit(address(vault));
    emit HyperVault.JobEnded(
      address(job), Ending.Completed, 4 * HYPER, HYPER, 4 * HYPER / 200, 2 * HYPER + 2 * HYPER / 200
    );
    job.settle(list, words(6, 1));
  }

  function test_noRewardOfNothingIsTold() public {
    JobEscrow job = open(termsFor(1));
    vm.recordLogs();
    fill(job, 0, 1);
    Recorded[] memory logs = vm.getRecordedLogs();
    vm.assertTrue(logs.length > 0, "it has started");
    for (uint256 i = 0; i < logs.length; ++i) {
      vm.assertTrue(logs[i].topics[0] != HyperVault.RelayRewarded.selector, "without a fee");
    }
  }

  function test_aLieIsTold() public {
    JobEscrow job = running(termsFor(2));
    address liar = seller(0);
    (Claim memory a, Claim memory b) = (claimOf(RESULT), claimOf("other"));
    Compact memory signedA = signClaim(job, 1, sellerKey(0), a);
    Compact memory signedB = signClaim(job, 1, sellerKey(0), b);
    vm.expectEmit(address(job));
    emit JobEvidence.Equivocated(liar, 1);
    vm.expectEmit(address(vault));
    emit HyperVault.CollateralSlashed(address(job), liar, 2 * HYPER);
    job.equivocate(1, a, signedA, b, signedB);
  }

  function test_aReleaseIsTold() public {
    JobEscrow job = running(termsFor(1));
    vm.prank(address(job));
    vault.settle(new address[](0), new uint16[](0), Payment(0, 0, 0, Ending.Completed));
    address forgotten = seller(0);
    vm.expectEmit(address(vault));
    emit HyperVault.Released(address(job), forgotten);
    vault.release(forgotten, address(job));
  }
}
