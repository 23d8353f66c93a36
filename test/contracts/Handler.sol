// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HyperVault} from "../../contracts/src/HyperVault.sol";
import {JobCheckpoints, Reveals} from "../../contracts/src/JobCheckpoints.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {Phase, Progress} from "../../contracts/src/JobState.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Claim, Messages} from "../../contracts/src/Messages.sol";
import {Compact} from "../../contracts/src/Signature.sol";
import {Base, Recorded} from "./Base.sol";

/// @dev People, devices and strangers that do things in any order; the invariants look in between.
contract Handler is Base {
  uint256 public constant SELLERS = 8;
  uint256 private constant MOST_JOBS = 6;

  struct Seen {
    JobEscrow job;
    address[] sellers;
    uint256[] history;
    uint256 bound;
    /// The buyer paid a checkpoint early, whoever had bound what.
    bool accepted;
    Said said;
    /// Data of the last Attested.
    bytes attested;
  }

  Seen[] internal _jobs;
  /// @dev Bits of the phases and endings that were reached.
  uint256 public phases;
  uint256 public endings;
  uint256 public payouts;
  uint256 public lies;
  uint256 public calls;
  /// @dev What a seller got and lost, to be held against the terms.
  bool public broken;

  address private immutable _owner = msg.sender;

  constructor() {
    deployMarket(50);
    vault.deposit(buyer(), 1_000_000 * HYPER);
    for (uint256 i = 0; i < SELLERS; ++i) {
      vault.deposit(seller(i), 20 * HYPER);
    }
    vault.deposit(stranger, 1_000 * HYPER);
  }

  modifier counted() {
    ++calls;
    _;
    for (uint256 i = 0; i < _jobs.length; ++i) {
      phases |= 1 << uint8(_jobs[i].job.progress().phase);
    }
  }

  function order(uint8 sellers, uint8 checkpoints, uint8 payEvery, uint40 fee) external counted {
    uint256 place = vacant();
    if (place == MOST_JOBS) return;
    Terms memory terms = termsFor(uint16(1 + sellers % 4));
    if (sellers % 5 == 0) (terms.sellers, terms.replicas) = (3, 3);
    terms.checkpoints = 1 + checkpoints % 3;
    terms.payEvery = 1 + payEvery % terms.checkpoints;
    terms.relayFee = fee;
    terms.relay = payEvery % 2 == 0 ? address(0) : relay;
    if (place == _jobs.length) _jobs.push();
    delete _jobs[place];
    _jobs[place].job = open(terms);
  }

  function fillSome(uint256 which, uint256 from) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0)) return;
    uint256 before = seen.job.progress().joined;
    Compact[] memory joins = joinsOf(seen.job, from % SELLERS, SELLERS, HYPER);
    uint32 number = vault.jobOf(address(seen.job)).number;
    uint64 deadline = seen.job.terms().joinBy;
    bytes memory hire = hireOf(address(seen.job), HYPER, joins);
    try seen.job.fill(HYPER, deadline, joins, hire) {
      for (uint256 i = from % SELLERS; i < SELLERS; ++i) {
        if (vault.accountOf(seller(i)).active != number || has(seen, seller(i))) continue;
        seen.sellers.push(seller(i));
      }
      if (seen.sellers.length < before) broken = true;
    } catch {}
    if (seen.job.progress().phase == Phase.Filled) {
      vm.roll(block.number + 3);
      vm.setBlockhash(block.number - 1, keccak256(abi.encode(from)));
    }
  }

  function startOne(uint256 which) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0)) return;
    try seen.job.start() {} catch {}
  }

  /// @dev Goes to a time at which something is due.
  function pass(uint256 which, uint8 what) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0)) return;
    uint256 due = seen.job.progress().commitBy;
    if (what % 4 == 0) due = due > WINDOW ? due - WINDOW / 2 : 0;
    if (what % 4 == 1) due += 1;
    if (what % 4 == 2) due += WINDOW + 1;
    if (what % 4 == 3) due = block.timestamp + 40 minutes;
    if (due > block.timestamp) vm.warp(due);
  }

  function bind(uint256 which, uint256 dice, uint256 silent) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0)) return;
    Progress memory progress = seen.job.progress();
    if (progress.phase != Phase.Running) return;
    bytes32 list;
    delete seen.said;
    for (uint256 i = 0; i < seen.sellers.length; ++i) {
      bool bound = silent >> i & 1 == 0;
      Claim memory claim = claimBy(seen.job, i, dice);
      seen.said.claims.push(claim);
      seen.said.by.push(uint8(i));
      seen.said.bound.push(bound);
      bytes32 word = bound
        ? commitmentOf(signClaim(seen.job, progress.index, keyOf(seen.sellers[i]), claim))
        : bytes32(0);
      list = keccak256(abi.encode(list, word));
    }
    vm.prank(relay);
    try seen.job.anchor(progress.index, list) {
      seen.bound = progress.index + 1;
    } catch {}
  }

  function show(uint256 which, uint256 silent) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0)) return;
    Progress memory progress = seen.job.progress();
    if (progress.phase != Phase.Running || seen.bound != progress.index + 1) return;
    Reveals memory reveals = revealsBy(seen, progress.index, silent);
    if (progress.tallied) {
      (,, reveals.shown) = abi.decode(seen.attested, (uint256, uint256, bytes));
    }
    vm.recordLogs();
    try seen.job.attest(progress.index, reveals) {
      note(seen);
    } catch {}
  }

  function closeOne(uint256 which) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0)) return;
    uint256 index = seen.job.progress().index;
    vm.recordLogs();
    try seen.job.close(index) {
      note(seen);
    } catch {}
  }

  function acceptOne(uint256 which, uint8 dice) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0) || dice % 4 != 0) return;
    uint256 index = seen.job.progress().index;
    bytes memory signature = long(BUYER, Messages.accept(address(seen.job), index));
    vm.recordLogs();
    seen.accepted = true;
    try seen.job.accept(index, signature) {
      note(seen);
    } catch {}
  }

  function stopOne(uint256 which, uint8 dice) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0) || dice % 8 != 0) return;
    try seen.job.stop(long(BUYER, Messages.stop(address(seen.job)))) {} catch {}
  }

  function payOne(uint256 which) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0)) return;
    try seen.job.payout(seen.sellers, seen.history) {
      delete seen.history;
      ++payouts;
    } catch {}
    vm.recordLogs();
    try seen.job.settle(seen.sellers, seen.history) {
      delete seen.history;
      noteEnding();
    } catch {}
    vm.recordLogs();
    try seen.job.expire(seen.sellers) {
      noteEnding();
    } catch {}
  }

  function punish(uint256 which, uint256 who) external counted {
    Seen storage seen = pick(which);
    if (address(seen.job) == address(0) || seen.sellers.length == 0 || who % 6 != 0) return;
    uint256 key = keyOf(seen.sellers[who % seen.sellers.length]);
    (Claim memory a, Claim memory b) = (claimOf("a"), claimOf("b"));
    Compact memory signedA = signClaim(seen.job, 0, key, a);
    Compact memory signedB = signClaim(seen.job, 0, key, b);
    try seen.job.equivocate(0, a, signedA, b, signedB) {} catch {}
  }

  function stakes(uint256 who, uint96 amount, uint8 what) external counted {
    address whose = seller(who % SELLERS);
    vm.prank(stranger);
    if (what % 3 == 0) {
      try vault.stakeOn(whose, amount % (10 * HYPER)) {} catch {}
    } else if (what % 3 == 1) {
      try vault.requestUnstake(whose) {} catch {}
    } else {
      try vault.unstake(whose) {} catch {}
    }
  }

  function leave(uint256 who, uint96 amount) external counted {
    address whose = seller(who % SELLERS);
    vm.prank(whose);
    try vault.withdraw(whose, whose, amount % (5 * HYPER), 0, "") {} catch {}
  }

  // -- For the invariants

  function jobs() external view returns (uint256) {
    return _jobs.length;
  }

  function jobAt(uint256 i) external view returns (JobEscrow, address[] memory) {
    return (_jobs[i].job, _jobs[i].sellers);
  }

  function market() external view returns (address, address, address, address) {
    return (address(vault), address(token), address(timelock), stranger);
  }

  function account(uint256 i) external pure returns (address) {
    return seller(i);
  }

  function client() external pure returns (address) {
    return buyer();
  }

  /// @dev A stranger takes every job to its end, whatever state it is in.
  function finishAll() external {
    if (msg.sender != _owner) return;
    for (uint256 i = 0; i < _jobs.length; ++i) {
      Seen storage seen = _jobs[i];
      for (uint256 n = 0; n < 8 && seen.job.progress().phase != Phase.Closed; ++n) {
        vm.warp(block.timestamp + 40 days);
        uint256 index = seen.job.progress().index;
        if (seen.job.progress().phase == Phase.Running) {
          vm.recordLogs();
          seen.job.close(index);
          note(seen);
        } else if (seen.job.progress().phase == Phase.Settling) {
          seen.job.settle(seen.sellers, seen.history);
        } else {
          seen.job.expire(seen.sellers);
        }
      }
    }
  }

  // -- Parts

  function pick(uint256 which) private view returns (Seen storage seen) {
    if (_jobs.length == 0) return none();
    return _jobs[which % _jobs.length];
  }

  mapping(uint256 => Seen) private _none;

  function none() private view returns (Seen storage) {
    return _none[0];
  }

  /// @dev The place of a job that has ended, or a new one.
  function vacant() private view returns (uint256) {
    for (uint256 i = 0; i < _jobs.length; ++i) {
      if (_jobs[i].job.progress().phase == Phase.Closed) return i;
    }
    return _jobs.length;
  }

  function has(Seen storage seen, address who) private view returns (bool) {
    for (uint256 i = 0; i < seen.sellers.length; ++i) {
      if (seen.sellers[i] == who) return true;
    }
    return false;
  }

  function keyOf(address who) private pure returns (uint256) {
    for (uint256 i = 0; i < SELLERS; ++i) {
      if (seller(i) == who) return sellerKey(i);
    }
    return 0;
  }

  /// @dev Two bits a seller: the truth, a lie, another roster.
  function claimBy(JobEscrow job, uint256 i, uint256 dice)
    private
    view
    returns (Claim memory claim)
  {
    uint256 kind = dice >> (2 * i) & 3;
    claim = claimOf(kind == 1 ? bytes32("lie") : RESULT);
    if (kind == 2) claim.roster = "apart";
    uint256[] memory groups = job.groups();
    claim.group = uint16(groups[i]);
    if (job.terms().replicas > 1) claim.share = kind == 3 ? bytes32("else") : bytes32("share");
  }

  function revealsBy(Seen storage seen, uint256 index, uint256 silent)
    private
    view
    returns (Reveals memory reveals)
  {
    Said memory said = seen.said;
    uint256 shown = 0;
    for (uint256 i = 0; i < said.by.length; ++i) {
      if (!said.bound[i] || silent >> i & 1 == 1) said.by[i] = 255;
      else ++shown;
    }
    reveals.claims = said.claims;
    reveals.signatures = new Compact[](shown);
    reveals.absent = new address[](said.by.length - shown);
    reveals.withheld = new bytes32[](said.by.length - shown);
    bytes memory places = new bytes(shown);
    (uint256 a, uint256 b) = (0, 0);
    for (uint256 i = 0; i < said.by.length; ++i) {
      Compact memory signature = signClaim(seen.job, index, keyOf(seen.sellers[i]), said.claims[i]);
      if (said.by[i] == 255) {
        reveals.absent[b] = seen.sellers[i];
        reveals.withheld[b++] = said.bound[i] ? commitmentOf(signature) : bytes32(0);
      } else {
        reveals.revealed |= 1 << i;
        places[a] = bytes1(said.by[i]);
        reveals.signatures[a++] = signature;
      }
    }
    reveals.claimOf = places;
  }

  /// @dev Keeps the history as an indexer does, from events.
  function note(Seen storage seen) private {
    Recorded[] memory logs = vm.getRecordedLogs();
    for (uint256 i = 0; i < logs.length; ++i) {
      if (logs[i].emitter != address(seen.job)) continue;
      if (logs[i].topics[0] == JobCheckpoints.Attested.selector) seen.attested = logs[i].data;
      if (logs[i].topics[0] != JobCheckpoints.CheckpointClosed.selector) continue;
      (uint256 ok, uint256 bad,) = abi.decode(logs[i].data, (uint256, uint256, uint256));
      seen.history.push(ok);
      seen.history.push(bad);
      check(seen, ok, bad);
    }
  }

  function noteEnding() private {
    Recorded[] memory logs = vm.getRecordedLogs();
    for (uint256 i = 0; i < logs.length; ++i) {
      if (logs[i].topics[0] != HyperVault.JobEnded.selector) continue;
      (uint256 ending,,,,) = abi.decode(logs[i].data, (uint256, uint256, uint256, uint256, uint256));
      endings |= 1 << ending;
    }
  }

  /// @dev Nobody is both; and whoever says what the strict majority says is never slashed.
  function check(Seen storage seen, uint256 ok, uint256 bad) private {
    uint256 known = (1 << seen.sellers.length) - 1;
    if (bad != 0) ++lies;
    if (ok & bad != 0 || ok & known != ok || bad & known != bad) broken = true;
    for (uint256 i = 0; i < seen.said.claims.length; ++i) {
      Claim storage claim = seen.said.claims[i];
      bool isHonest = claim.roster == ROSTER && claim.result == RESULT && claim.share != "else";
      uint256 honest = 0;
      for (uint256 k = 0; k < seen.said.claims.length; ++k) {
        Claim storage other = seen.said.claims[k];
        if (other.roster == ROSTER && other.result == RESULT && other.share != "else") ++honest;
      }
      if (isHonest && honest * 2 > seen.sellers.length && bad >> i & 1 == 1) broken = true;
      if (!seen.said.bound[i] && ok >> i & 1 == 1 && !seen.accepted) broken = true;
    }
  }
}
