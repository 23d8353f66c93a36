// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Claim} from "./Messages.sol";

/// @title Who is right at a checkpoint
/// @notice Exact sums are the same bits on every honest device, so one answer is comparable across all sellers.
/// A majority is strict and counts all sellers, those who are silent too: a false answer needs more than half of the
/// keys. A claim that leads by one pass of pairing off (Boyer & Moore 1981) is the only one that can have it; then
/// its votes are counted, so that it does not matter whether a caller lists a claim twice.
library Tally {
  /// @param claims what was signed
  /// @param voters for each claim the bits of the sellers that signed it
  /// @param sellers number of all, silent ones too
  /// @param replicas sellers in a group; 1: there are none
  /// @return ok bits of the sellers that are paid: the majority's answer, and, with replicas, their group's share
  /// @return bad bits of those that are slashed: the majority's roster with another result, or another share than
  /// their group's. Who has another roster was cut off or late, which is no fault.
  function count(Claim[] memory claims, uint256[] memory voters, uint256 sellers, uint256 replicas)
    internal
    pure
    returns (uint256 ok, uint256 bad)
  {
    // Mostly all say the same, and there is nothing to compare.
    if (claims.length == 1 && replicas == 1) {
      return (_bitsOf(voters[0]) * 2 > sellers ? voters[0] : 0, 0);
    }
    bytes32[] memory answers = new bytes32[](claims.length);
    uint256[] memory votes = new uint256[](claims.length);
    for (uint256 i = 0; i < claims.length; ++i) {
      answers[i] = Hashes.efficientKeccak256(claims[i].roster, claims[i].result);
      votes[i] = _bitsOf(voters[i]);
    }
    (bytes32 answer, bytes32 roster) = _majorityOf(claims, answers, votes, sellers);
    if (answer == 0) return (0, 0);
    bytes32[] memory shares;
    if (replicas > 1) shares = _sharesOf(claims, votes, sellers / replicas, replicas);
    for (uint256 i = 0; i < claims.length; ++i) {
      if (votes[i] == 0 || claims[i].roster != roster) continue;
      if (answers[i] != answer) {
        bad |= voters[i];
      } else if (replicas == 1) {
        ok |= voters[i];
      } else {
        bytes32 share = shares[claims[i].group];
        if (share == 0) continue;
        if (share == claims[i].share) ok |= voters[i];
        else bad |= voters[i];
      }
    }
  }

  /// @dev The answer of more than half of all sellers, and its roster; zeros where there is none.
  function _majorityOf(
    Claim[] memory claims,
    bytes32[] memory answers,
    uint256[] memory votes,
    uint256 sellers
  ) private pure returns (bytes32 answer, bytes32 roster) {
    uint256 lead = 0;
    for (uint256 i = 0; i < answers.length; ++i) {
      if (answers[i] == answer) {
        lead += votes[i];
      } else if (votes[i] > lead) {
        (answer, roster, lead) = (answers[i], claims[i].roster, votes[i] - lead);
      } else {
        lead -= votes[i];
      }
    }
    uint256 total = 0;
    for (uint256 i = 0; i < answers.length; ++i) {
      if (answers[i] == answer) total += votes[i];
    }
    if (total * 2 <= sellers) (answer, roster) = (0, 0);
  }

  /// @dev The share of more than half of each group, or 0. A share of 0 wins nothing.
  function _sharesOf(
    Claim[] memory claims,
    uint256[] memory votes,
    uint256 groups,
    uint256 replicas
  ) private pure returns (bytes32[] memory shares) {
    shares = new bytes32[](groups);
    uint256[] memory leads = new uint256[](groups);
    for (uint256 i = 0; i < claims.length; ++i) {
      (uint256 group, bytes32 share) = (claims[i].group, claims[i].share);
      if (votes[i] == 0) continue;
      if (share == shares[group]) {
        leads[group] += votes[i];
      } else if (votes[i] > leads[group]) {
        (shares[group], leads[group]) = (share, votes[i] - leads[group]);
      } else {
        leads[group] -= votes[i];
      }
    }
    uint256[] memory totals = new uint256[](groups);
    for (uint256 i = 0; i < claims.length; ++i) {
      if (votes[i] == 0) continue;
      uint256 group = claims[i].group;
      if (claims[i].share == shares[group]) totals[group] += votes[i];
    }
    for (uint256 group = 0; group < groups; ++group) {
      if (totals[group] * 2 <= replicas) shares[group] = 0;
    }
  }

  /// @dev Number of bits that are set, one clearing of the lowest at a time.
  function _bitsOf(uint256 bits) private pure returns (uint256 number) {
    for (; bits != 0; ++number) {
      bits &= bits - 1;
    }
  }
}
