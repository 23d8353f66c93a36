// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {JobState} from "./JobState.sol";
import {Claim, Messages} from "./Messages.sol";
import {Compact, Signature} from "./Signature.sol";

/// @title What proves that a seller lied, whoever brings it and whenever
abstract contract JobEvidence is JobState {
  using Signature for Compact;

  event Equivocated(address indexed seller, uint256 index);

  error JobEscrowNoConflict();

  /// @notice Two different claims for one checkpoint, signed by one seller, cost it all collateral it still has in.
  function equivocate(
    uint256 index,
    Claim calldata one,
    Compact calldata oneSignature,
    Claim calldata other,
    Compact calldata otherSignature
  ) external {
    _punish(
      index,
      Messages.checkpoint(address(this), index, one),
      oneSignature,
      Messages.checkpoint(address(this), index, other),
      otherSignature
    );
  }

  /// @notice The same for two contributions to one shard of one checkpoint.
  function equivocateContribution(
    uint256 index,
    bytes32 shard,
    bytes32 one,
    Compact calldata oneSignature,
    bytes32 other,
    Compact calldata otherSignature
  ) external {
    _punish(
      index,
      Messages.contribution(address(this), index, shard, one),
      oneSignature,
      Messages.contribution(address(this), index, shard, other),
      otherSignature
    );
  }

  function _punish(
    uint256 index,
    bytes32 one,
    Compact calldata oneSignature,
    bytes32 other,
    Compact calldata otherSignature
  ) private {
    require(one != other, JobEscrowNoConflict());
    address seller = oneSignature.signerOf(_digest(one));
    require(seller == otherSignature.signerOf(_digest(other)), JobEscrowBadSignature(seller));
    emit Equivocated(seller, index);
    VAULT.slashAll(seller);
  }
}
