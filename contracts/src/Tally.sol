// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Claim} from "./Messages.sol";

/// @title Who is right at a checkpoint
/// @notice Exact sums are the same bits on every honest device, so one answer is comparable across all sellers.
/// A majority is strict and counts all sellers, those who are silent too: a false answer needs more than half of the
/// keys. Majorities are found by one vote counter (Boyer & Moore 1981), then counted.
library Tally {
  /// @notice Place of a seller that showed nothing, among the claims.
  uint256 internal constant SILENT = type(uint256).max;

  /// @param claims what was signed
  /// @param claimOf for each seller the place of its claim, or SILENT
  /// @param replicas sellers in a group; 1: there are none
  /// @return ok sellers that are paid: the majority's answer, and, with replicas, their group's share
  /// @return bad sellers that are slashed: the majority's roster with another result, or another share than their
  /// group's. Who has another roster was cut off or late, which is no fault.
  function count(Claim[] calldata claims, uint256[] memory claimOf, uint256 replicas)
    internal
    pure
    returns (uint256 ok, uint256 bad)
  {
    bytes32[] memory answers = new bytes32[](claims.length);
    for (uint256 i = 0; i < claims.length; ++i) {
      answers[i] = Hashes.efficientKeccak256(claims[i].roster, claims[i].result);
    }
    uint256 right = _majorityOf(answers, claimOf);
    if (right == SILENT) return (0, 0);
    bytes32 roster = claims[right].roster;
    bytes32[] memory shares = new bytes32[](0);
    if (replicas > 1) shares = _sharesOf(claims, claimOf, replicas);
    for (uint256 i = 0; i < claimOf.length; ++i) {
      uint256 place = claimOf[i];
      if (place == SILENT || claims[place].roster != roster) continue;
      if (answers[place] != answers[right]) {
        bad |= 1 << i;
      } else if (replicas == 1) {
        ok |= 1 << i;
      } else {
        bytes32 share = shares[claims[place].group];
        if (share == claims[place].share) ok |= 1 << i;
        else if (share != 0) bad |= 1 << i;
      }
    }
  }

  /// @dev Place of a claim with the answer of more than half of all sellers, or SILENT.
  function _majorityOf(bytes32[] memory answers, uint256[] memory claimOf)
    private
    pure
    returns (uint256 right)
  {
    uint256 lead = 0;
    right = SILENT;
    for (uint256 i = 0; i < claimOf.length; ++i) {
      uint256 place = claimOf[i];
      if (place == SILENT) continue;
      if (lead == 0) (right, lead) = (place, 1);
      else if (answers[place] == answers[right]) ++lead;
      else --lead;
    }
    uint256 votes = 0;
    for (uint256 i = 0; i < claimOf.length; ++i) {
      if (claimOf[i] != SILENT && answers[claimOf[i]] == answers[right]) ++votes;
    }
    if (votes * 2 <= claimOf.length) right = SILENT;
  }

  /// @dev The share of more than half of each group, or 0. A share of 0 wins nothing.
  function _sharesOf(Claim[] calldata claims, uint256[] memory claimOf, uint256 replicas)
    private
    pure
    returns (bytes32[] memory shares)
  {
    uint256 groups = claimOf.length / replicas;
    shares = new bytes32[](groups);
    uint256[] memory votes = new uint256[](groups);
    for (uint256 i = 0; i < claimOf.length; ++i) {
      if (claimOf[i] == SILENT) continue;
      Claim calldata claim = claims[claimOf[i]];
      uint256 group = claim.group;
      if (votes[group] == 0) (shares[group], votes[group]) = (claim.share, 1);
      else if (claim.share == shares[group]) ++votes[group];
      else --votes[group];
    }
    uint256[] memory counts = new uint256[](groups);
    for (uint256 i = 0; i < claimOf.length; ++i) {
      if (claimOf[i] == SILENT) continue;
      Claim calldata claim = claims[claimOf[i]];
      if (claim.share == shares[claim.group]) ++counts[claim.group];
    }
    for (uint256 group = 0; group < groups; ++group) {
      if (counts[group] * 2 <= replicas) shares[group] = 0;
    }
  }
}
