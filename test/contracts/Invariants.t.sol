// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Account} from "../../contracts/src/Accounts.sol";
import {HyperToken} from "../../contracts/src/HyperToken.sol";
import {HyperVault, Job} from "../../contracts/src/HyperVault.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {Phase, Progress} from "../../contracts/src/JobState.sol";
import {JobTerms, Terms} from "../../contracts/src/JobTerms.sol";
import {Base} from "./Base.sol";
import {Handler} from "./Handler.sol";

/// @dev What holds after every call of anybody, in any order (contracts/README.md names them).
contract InvariantsTest is Base {
  using JobTerms for Terms;

  Handler private handler;

  function setUp() public {
    handler = new Handler();
    (address v, address t, address l, address s) = handler.market();
    vault = HyperVault(v);
    token = HyperToken(t);
    (treasury, staker) = (l, s);
    targetContract(address(handler));
  }

  address private treasury;
  address private staker;

  function invariant_moneyIsConserved() public view {
    uint256 sum = freeOf(treasury) + freeOf(staker) + freeOf(handler.client())
      + freeOf(address(handler)) + freeOf(relay);
    for (uint256 i = 0; i < handler.SELLERS(); ++i) {
      address who = handler.account(i);
      (uint256 total,) = vault.backingOf(who);
      sum += freeOf(who) + lockedOf(who) + total;
    }
    for (uint256 i = 0; i < handler.jobs(); ++i) {
      (JobEscrow job,) = handler.jobAt(i);
      sum += vault.jobOf(address(job)).escrow;
    }
    eq(sum, token.balanceOf(address(vault)), "the vault owes what it holds");
  }

  function invariant_theSupplyIsConstant() public view {
    eq(token.totalSupply(), 100_000_000e18, "minted once");
  }

  function invariant_anEscrowCoversWhatIsUnpaid() public view {
    for (uint256 i = 0; i < handler.jobs(); ++i) {
      (JobEscrow job,) = handler.jobAt(i);
      Job memory entry = vault.jobOf(address(job));
      if (entry.ended) continue;
      Terms memory terms = job.terms();
      uint256 left = terms.checkpoints - job.progress().unpaid;
      uint256 pay = uint256(terms.price) / terms.checkpoints * left * terms.sellers;
      vm.assertTrue(entry.escrow >= pay + pay * terms.feeBps / 10_000, "enough for all");
    }
  }

  function invariant_lockedIsWhatActiveJobsHold() public view {
    for (uint256 i = 0; i < handler.SELLERS(); ++i) {
      Account memory account = vault.accountOf(handler.account(i));
      (uint256 total, uint256 staked) = vault.backingOf(handler.account(i));
      vm.assertTrue(staked <= total, "no more at work than there is");
      if (account.active == 0) eq(account.locked + staked, 0, "nothing without a job");
      else vm.assertTrue(account.locked + staked <= 2 * HYPER, "at most the collateral");
    }
  }

  function invariant_nobodyIsPaidOrSlashedAgainstTheRules() public view {
    vm.assertTrue(!handler.broken(), "honest ones are never slashed, the unbound never paid");
  }

  function invariant_aStrangerEndsEverything() public {
    handler.finishAll();
    for (uint256 i = 0; i < handler.SELLERS(); ++i) {
      (, uint256 staked) = vault.backingOf(handler.account(i));
      eq(lockedOf(handler.account(i)) + staked, 0, "all locks are open");
    }
    for (uint256 i = 0; i < handler.jobs(); ++i) {
      (JobEscrow job,) = handler.jobAt(i);
      eq(vault.jobOf(address(job)).escrow, 0, "all escrows are empty");
    }
    invariant_moneyIsConserved();
  }

  /// @dev One checkpoint from its anchor on, at which one seller says something else.
  function checkpoint(uint256 a, uint256 b, uint256 c) private {
    handler.pass(a, 0);
    handler.bind(a, (1 + c % 3) << (2 * (b % 4)), 0);
    handler.pass(a, 1);
    handler.show(a, 0);
  }

  /// @dev The random calls of the invariants are worth something only if they get everywhere.
  function test_theHandlerReachesEveryStateAndEnding() public {
    for (uint256 i = 0; i < 6_000; ++i) {
      uint256 dice = uint256(keccak256(abi.encode("walk", i)));
      (uint256 a, uint256 b, uint256 c) = (dice >> 8, dice >> 80, dice >> 160);
      uint256 what = dice % 16;
      if (what == 0) handler.order(uint8(a), uint8(b), uint8(c), uint40(a));
      else if (what < 3) handler.fillSome(a, b);
      else if (what == 3) handler.startOne(a);
      else if (what < 7) handler.pass(a, uint8(b));
      // Half of the time one lies, or is cut off, or invents its share.
      else if (what == 7) handler.bind(a, (1 + c % 3) << (2 * (b % 4)), 0);
      else if (what == 8) checkpoint(a, b, c);
      else if (what < 11) handler.show(a, c & (c >> 11) & (c >> 23));
      else if (what == 11) handler.closeOne(a);
      else if (what == 12) handler.acceptOne(a, uint8(b));
      else if (what == 13) handler.stopOne(a, uint8(b));
      else if (what == 14) handler.payOne(a);
      else handler.stakes(a, uint96(b), uint8(c));
    }
    eq(handler.phases(), 31, "all phases");
    eq(handler.endings(), 30, "all endings");
    vm.assertTrue(handler.payouts() > 0, "payouts between checkpoints");
    vm.assertTrue(handler.lies() > 0, "liars that lose");
    vm.assertTrue(!handler.broken(), "and the rules are kept");
    invariant_moneyIsConserved();
  }
}
