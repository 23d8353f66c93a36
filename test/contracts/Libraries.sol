// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Groups} from "../../contracts/src/Groups.sol";
import {JobTerms, Terms} from "../../contracts/src/JobTerms.sol";
import {Claim} from "../../contracts/src/Messages.sol";
import {Tally} from "../../contracts/src/Tally.sol";

/// @dev The pure parts of the contracts, to be called from outside. The tests take this code from where forge has
/// compiled it to, so that `mutate.ts` can put a wrong one there.
contract Libraries {
  function count(
    Claim[] calldata claims,
    uint256[] memory voters,
    uint256 sellers,
    uint256 replicas
  ) external pure returns (uint256 ok, uint256 bad) {
    return Tally.count(claims, voters, sellers, replicas);
  }

  function deal(bytes32 seed, uint256 sellers, uint256 replicas)
    external
    pure
    returns (uint256[] memory)
  {
    return Groups.deal(seed, sellers, replicas);
  }

  function pack(Terms calldata terms) external pure returns (bytes memory) {
    return JobTerms.pack(terms);
  }

  function unpack(bytes calldata packed) external pure returns (Terms memory) {
    return JobTerms.unpack(packed);
  }

  function escrowAt(Terms calldata terms, uint256 price) external pure returns (uint256) {
    return JobTerms.escrowAt(terms, price);
  }
}
