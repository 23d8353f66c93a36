// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @notice A secp256k1 signature in 64 bytes (EIP-2098): r, and s with the parity of y in its top bit.
struct Compact {
  bytes32 r;
  bytes32 vs;
}

/// @title Signatures of devices
library Signature {
  using ECDSA for bytes32;

  /// @notice Who signed a digest.
  /// @return signer zero where nobody did: s in the upper half of the order (EIP-2), or no point of the curve
  function signerOf(Compact calldata signature, bytes32 digest)
    internal
    pure
    returns (address signer)
  {
    (signer,,) = digest.tryRecover(signature.r, signature.vs);
  }

  /// @notice keccak256 of a list of signatures, 64 bytes each.
  function hashOf(Compact[] calldata signatures) internal pure returns (bytes32) {
    bytes calldata packed;
    assembly ("memory-safe") {
      packed.offset := signatures.offset
      packed.length := mul(signatures.length, 64)
    }
    return keccak256(packed);
  }

  /// @notice What a device shows of a signature before it shows the signature: keccak256 of its 64 bytes. Only the
  /// holder of the key can make it, so nobody can copy it (market.md, commit and reveal).
  function commitmentOf(Compact calldata signature) internal pure returns (bytes32) {
    return Hashes.efficientKeccak256(signature.r, signature.vs);
  }
}
