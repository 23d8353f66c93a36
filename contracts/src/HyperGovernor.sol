// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {
  GovernorCountingSimple
} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {
  GovernorPreventLateQuorum
} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {
  GovernorTimelockControl
} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {
  GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";

/// @title Votes of the token's holders on the rules of the market
/// @notice What is voted is done by the timelock, days later, so that whoever disagrees can leave first. Tokens
/// inside the vault carry no votes: withdraw and delegate before a vote starts. End a proposal's description with
/// `#proposer=0x...` so that nobody can file it first and cancel it (GHSA-5h3x-9wvq-w4m2).
contract HyperGovernor is
  Governor,
  GovernorSettings,
  GovernorCountingSimple,
  GovernorVotes,
  GovernorVotesQuorumFraction,
  GovernorPreventLateQuorum,
  GovernorTimelockControl
{
  /// @notice Votes for a proposal that make it count, in percent of the supply.
  uint256 public constant QUORUM_PERCENT = 4;
  /// @notice Seconds that voting stays open after a late quorum.
  uint48 public constant EXTENSION = 1 days;

  /// @param votingDelay_ seconds from a proposal to its vote
  /// @param votingPeriod_ seconds of the vote
  /// @param threshold tokens, in the smallest unit, that a proposer must hold
  constructor(
    IVotes token,
    TimelockController timelock,
    uint48 votingDelay_,
    uint32 votingPeriod_,
    uint256 threshold
  )
    Governor("HyperGovernor")
    GovernorSettings(votingDelay_, votingPeriod_, threshold)
    GovernorVotes(token)
    GovernorVotesQuorumFraction(QUORUM_PERCENT)
    GovernorPreventLateQuorum(EXTENSION)
    GovernorTimelockControl(timelock)
  {}

  /// @inheritdoc Governor
  function state(uint256 proposalId)
    public
    view
    override(Governor, GovernorTimelockControl)
    returns (ProposalState)
  {
    return super.state(proposalId);
  }

  /// @inheritdoc Governor
  function proposalDeadline(uint256 proposalId)
    public
    view
    override(Governor, GovernorPreventLateQuorum)
    returns (uint256)
  {
    return super.proposalDeadline(proposalId);
  }

  /// @inheritdoc Governor
  function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
    return super.proposalThreshold();
  }

  /// @inheritdoc Governor
  function proposalNeedsQueuing(uint256 proposalId)
    public
    view
    override(Governor, GovernorTimelockControl)
    returns (bool)
  {
    return super.proposalNeedsQueuing(proposalId);
  }

  function _tallyUpdated(uint256 proposalId)
    internal
    override(Governor, GovernorPreventLateQuorum)
  {
    super._tallyUpdated(proposalId);
  }

  function _queueOperations(
    uint256 proposalId,
    address[] memory targets,
    uint256[] memory values,
    bytes[] memory calldatas,
    bytes32 descriptionHash
  ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
    return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
  }

  function _executeOperations(
    uint256 proposalId,
    address[] memory targets,
    uint256[] memory values,
    bytes[] memory calldatas,
    bytes32 descriptionHash
  ) internal override(Governor, GovernorTimelockControl) {
    super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
  }

  function _cancel(
    address[] memory targets,
    uint256[] memory values,
    bytes[] memory calldatas,
    bytes32 descriptionHash
  ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
    return super._cancel(targets, values, calldatas, descriptionHash);
  }

  function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
    return super._executor();
  }
}
