// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice What a buyer offers. It is part of the job's code, so that the job's address stands for it, and nothing
/// of it can change but the price, upwards.
struct Terms {
  address buyer;
  /// Tokens for one seller for the whole job, in the smallest unit.
  uint88 price;
  /// Fee on what sellers are paid, on top of it, in hundredths of a percent: the vault's of the day.
  uint8 feeBps;
  /// Who alone may anchor in the first half of a window; zero: anybody.
  address relay;
  /// Tokens that one seller puts up for the whole job.
  uint88 collateral;
  /// Sellers that get the same share of the data: 1, or 3 to 16, a divisor of `sellers`.
  uint8 replicas;
  /// keccak256 of the signed order: the job file and what it needs.
  bytes32 spec;
  /// Tokens for relays in the whole job.
  uint88 relayFee;
  /// Seconds from one checkpoint to the next, at least three windows; of a lone one, at least one.
  uint32 period;
  /// Seconds for anchoring before a checkpoint's time, and for showing signatures after it.
  uint32 window;
  /// Seconds since 1970 until which sellers may join.
  uint40 joinBy;
  /// 1 to 256.
  uint16 sellers;
  /// 1 to 64.
  uint8 checkpoints;
  /// Sellers are paid after every so many checkpoints: 1 to `checkpoints`.
  uint8 payEvery;
  /// Tells apart orders that are alike.
  uint32 nonce;
}

/// @title Terms in four words, as a job's clone carries them
library JobTerms {
  /// @notice The words in the order of the struct, most significant bits first.
  function pack(Terms memory terms) internal pure returns (bytes memory) {
    return bytes.concat(
      abi.encodePacked(
        terms.buyer, terms.price, terms.feeBps, terms.relay, terms.collateral, terms.replicas
      ),
      terms.spec,
      abi.encodePacked(
        terms.relayFee,
        terms.period,
        terms.window,
        terms.joinBy,
        terms.sellers,
        terms.checkpoints,
        terms.payEvery,
        terms.nonce
      )
    );
  }

  /// @notice The inverse of `pack`. Each cast keeps the bits of its field.
  function unpack(bytes memory packed) internal pure returns (Terms memory terms) {
    (uint256 a, uint256 b, bytes32 spec, uint256 c) =
      abi.decode(packed, (uint256, uint256, bytes32, uint256));
    terms.buyer = address(uint160(a >> 96));
    terms.price = uint88(a >> 8);
    terms.feeBps = uint8(a);
    terms.relay = address(uint160(b >> 96));
    terms.collateral = uint88(b >> 8);
    terms.replicas = uint8(b);
    terms.spec = spec;
    terms.relayFee = uint88(c >> 168);
    terms.period = uint32(c >> 136);
    terms.window = uint32(c >> 104);
    terms.joinBy = uint40(c >> 64);
    terms.sellers = uint16(c >> 48);
    terms.checkpoints = uint8(c >> 40);
    terms.payEvery = uint8(c >> 32);
    terms.nonce = uint32(c);
  }

  /// @notice Tokens that the escrow needs at a price: for all sellers, the fee on it (rounded down, as it is
  /// charged), and the relays' part.
  function escrowAt(Terms memory terms, uint256 price) internal pure returns (uint256) {
    uint256 pay = price * terms.sellers;
    return pay + pay * terms.feeBps / 10_000 + terms.relayFee;
  }
}
