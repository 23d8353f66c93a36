// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Ending, IHyperVault, Payment} from "./IHyperVault.sol";
import {JobCheckpoints} from "./JobCheckpoints.sol";
import {JobEvidence} from "./JobEvidence.sol";
import {JobJoining} from "./JobJoining.sol";
import {JobState, Phase, Progress} from "./JobState.sol";
import {Terms} from "./JobTerms.sol";

/// @title One job: its places, its checkpoints, its payments
/// @notice Anyone may send any of its transactions; who must agree, signs. Each state has a deadline after which a
/// stranger can take it on, so that no money depends on anybody's coming back (contracts/README.md has the states).
contract JobEscrow is JobJoining, JobCheckpoints, JobEvidence {
  using SafeCast for uint256;

  error JobEscrowWrongHistory();

  constructor(IHyperVault vault) JobState(vault) {}

  /// @notice Pays the checkpoints that have closed since the last time, where the terms' `payEvery` is reached.
  /// @param sellers all, in the order in which they joined
  /// @param history bits of who is paid and who is slashed, two words a checkpoint, as CheckpointClosed tells them
  function payout(address[] calldata sellers, uint256[] calldata history)
    external
    during(Phase.Running)
  {
    Terms memory terms_ = terms();
    Progress memory progress_ = _load();
    uint256 closed = progress_.index - progress_.unpaid;
    require(closed >= terms_.payEvery, JobEscrowTooEarly(progress_.commitBy));
    progress_.unpaid = progress_.index;
    _save(progress_);
    _settle(terms_, sellers, history, Ending.None);
  }

  /// @notice Pays what is left to pay, returns collateral, and gives the buyer the rest of the escrow.
  function settle(address[] calldata sellers, uint256[] calldata history)
    external
    during(Phase.Settling)
  {
    Terms memory terms_ = terms();
    Progress memory progress_ = _load();
    Ending ending = Ending.Completed;
    if (progress_.missed == MOST_MISSED) ending = Ending.Abandoned;
    else if (progress_.index < terms_.checkpoints) ending = Ending.Stopped;
    progress_.phase = Phase.Closed;
    _save(progress_);
    _reward(terms_);
    _settle(terms_, sellers, history, ending);
    // Nothing reads it any more, and the chain pays for what is cleared.
    _sellers = 0;
  }

  function _settle(
    Terms memory terms_,
    address[] calldata sellers,
    uint256[] calldata history,
    Ending ending
  ) private {
    _checkSellers(sellers);
    require(_historyOf(history) == _history, JobEscrowWrongHistory());
    _history = 0;
    uint256 slice = _price(terms_) / terms_.checkpoints;
    uint256 cut = terms_.collateral / terms_.checkpoints;
    VAULT.settle(
      sellers,
      _talliesOf(history, sellers.length),
      Payment(slice.toUint96(), cut.toUint96(), (history.length / 2).toUint8(), ending)
    );
  }

  /// @dev For each seller the checkpoints that it earned, and times 256 those that it cheated in.
  function _talliesOf(uint256[] memory history, uint256 sellers)
    private
    pure
    returns (uint16[] memory tallies)
  {
    tallies = new uint16[](sellers);
    for (uint256 i = 0; i < sellers; ++i) {
      uint256 tally = 0;
      for (uint256 k = 0; k < history.length; k += 2) {
        tally += (history[k] >> i & 1) | (history[k + 1] >> i & 1) << 8;
      }
      // At most 64 checkpoints, so neither half leaves its byte.
      tallies[i] = uint16(tally);
    }
  }

  function _historyOf(uint256[] calldata history) private pure returns (bytes32 hash) {
    for (uint256 k = 0; k < history.length; k += 2) {
      hash = keccak256(abi.encode(hash, history[k], history[k + 1]));
    }
  }
}
