// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Replica groups by lot
library Groups {
  /// @notice Deals sellers to groups by a shuffle (Fisher & Yates) that a block's hash seeds, drawn after all have
  /// joined, so that nobody can choose its partners.
  /// @param seed of the shuffle
  /// @param sellers number of sellers
  /// @param replicas sellers in a group, a divisor of `sellers`
  /// @return groups the group of each seller, in the order in which they joined
  function deal(bytes32 seed, uint256 sellers, uint256 replicas)
    internal
    pure
    returns (uint256[] memory groups)
  {
    groups = new uint256[](sellers);
    for (uint256 i = 0; i < sellers; ++i) {
      groups[i] = i / replicas;
    }
    uint256 bits = 0;
    for (uint256 left = sellers; left > 1; --left) {
      // Eight draws of 32 bits from one hash; sellers <= 256, so a draw's bias is below 2^-24.
      if ((sellers - left) % 8 == 0) bits = uint256(keccak256(abi.encode(seed, left)));
      uint256 other = uint32(bits) % left;
      bits >>= 32;
      (groups[left - 1], groups[other]) = (groups[other], groups[left - 1]);
    }
  }
}
