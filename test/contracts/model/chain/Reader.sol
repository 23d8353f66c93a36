// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Account} from "../../../../contracts/src/Accounts.sol";
import {BuyerScore, HyperVault, Job} from "../../../../contracts/src/HyperVault.sol";
import {Rules} from "../../../../contracts/src/IHyperVault.sol";
import {JobEscrow} from "../../../../contracts/src/JobEscrow.sol";
import {Phase, Progress} from "../../../../contracts/src/JobState.sol";

/// @notice All that the reference model knows of a market, in one call: a list of words (chain/view.ts has the same).
contract Reader {
  function read(
    HyperVault vault,
    address factory,
    address[] calldata accounts,
    address[2][] calldata stakes,
    address[] calldata jobs
  ) external view returns (uint256[] memory words) {
    uint256 most = 5 + 14 * accounts.length + 2 * stakes.length;
    for (uint256 i = 0; i < jobs.length; ++i) {
      most += 20 + JobEscrow(jobs[i]).terms().sellers;
    }
    words = new uint256[](most);
    uint256 at = _rules(words, vault, factory);
    for (uint256 i = 0; i < accounts.length; ++i) {
      at = _account(words, at, vault, accounts[i]);
    }
    for (uint256 i = 0; i < stakes.length; ++i) {
      (words[at], words[at + 1]) = vault.stakeOf(stakes[i][0], stakes[i][1]);
      at += 2;
    }
    for (uint256 i = 0; i < jobs.length; ++i) {
      at = _job(words, at, vault, jobs[i]);
      at = _progress(words, at, JobEscrow(jobs[i]));
    }
  }

  function _rules(uint256[] memory words, HyperVault vault, address factory)
    private
    view
    returns (uint256)
  {
    Rules memory rules = vault.rules();
    (words[0], words[1]) = (rules.feeBps, rules.leastWindow);
    (words[2], words[3]) = (rules.mostWindow, rules.stakeDelay);
    words[4] = vault.isFactory(factory) ? 1 : 0;
    return 5;
  }

  function _account(uint256[] memory words, uint256 at, HyperVault vault, address owner)
    private
    view
    returns (uint256)
  {
    Account memory account = vault.accountOf(owner);
    (words[at], words[at + 1]) = (account.free, account.locked);
    (words[at + 2], words[at + 3]) = (account.active, account.ok);
    (words[at + 4], words[at + 5]) = (account.bad, account.backed);
    (words[at + 6], words[at + 7]) = vault.backingOf(owner);
    words[at + 8] = uint160(vault.payoutOf(owner));
    words[at + 9] = vault.nonces(owner);
    words[at + 10] = vault.TOKEN().balanceOf(owner);
    BuyerScore memory score = vault.buyerScoreOf(owner);
    (words[at + 11], words[at + 12]) = (score.completed, score.stopped);
    words[at + 13] = score.abandoned;
    return at + 14;
  }

  function _job(uint256[] memory words, uint256 at, HyperVault vault, address job)
    private
    view
    returns (uint256)
  {
    Job memory entry = vault.jobOf(job);
    (words[at], words[at + 1]) = (uint160(entry.buyer), entry.number);
    (words[at + 2], words[at + 3]) = (entry.feeBps, entry.ended ? 1 : 0);
    (words[at + 4], words[at + 5]) = (entry.escrow, entry.funded);
    return at + 6;
  }

  function _progress(uint256[] memory words, uint256 at, JobEscrow job)
    private
    view
    returns (uint256)
  {
    Progress memory progress = job.progress();
    (words[at], words[at + 1]) = (uint256(progress.phase), progress.joined);
    (words[at + 2], words[at + 3]) = (progress.index, progress.unpaid);
    (words[at + 4], words[at + 5]) = (progress.missed, progress.stopping ? 1 : 0);
    words[at + 6] = progress.anchored ? 1 : 0;
    words[at + 7] = progress.overridden ? 1 : 0;
    words[at + 8] = progress.tallied ? 1 : 0;
    (words[at + 9], words[at + 10]) = (progress.price, progress.commitBy);
    (words[at + 11], words[at + 12]) = (progress.fillBlock, job.price());
    // Before the lot, and where there never was one, the groups mean nothing.
    uint256[] memory groups = job.groups();
    words[at + 13] = groups.length;
    bool dealt = progress.phase == Phase.Running || progress.phase == Phase.Settling;
    for (uint256 i = 0; i < groups.length; ++i) {
      words[at + 14 + i] = dealt ? groups[i] : 0;
    }
    return at + 14 + groups.length;
  }
}
