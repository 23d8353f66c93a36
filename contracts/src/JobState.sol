// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Groups} from "./Groups.sol";
import {IHyperVault} from "./IHyperVault.sol";
import {JobTerms, Terms} from "./JobTerms.sol";
import {Messages} from "./Messages.sol";

enum Phase {
  /// Sellers may join.
  Open,
  /// All places are taken; groups wait for their lot.
  Filled,
  /// A checkpoint is under way.
  Running,
  /// All checkpoints are done; somebody has to call `settle`.
  Settling,
  /// Everything is paid and returned.
  Closed
}

/// @notice Where a job stands, in one storage slot.
struct Progress {
  Phase phase;
  /// Sellers that have joined.
  uint16 joined;
  /// The running checkpoint, from 0.
  uint8 index;
  /// The first checkpoint that was not paid out yet.
  uint8 unpaid;
  /// Checkpoints in a row that nobody anchored.
  uint8 missed;
  bool stopping;
  /// The running checkpoint has an anchor, a place that its seller committed itself, a tally.
  bool anchored;
  bool overridden;
  bool tallied;
  /// Price of the last raise; 0: that of the terms.
  uint88 price;
  /// Seconds since 1970 of the running checkpoint's time: what is committed by then can be shown after it.
  uint40 commitBy;
  /// Block of the last join.
  uint40 fillBlock;
}

/// @title What all parts of a job share
/// @notice The list of sellers is not stored but hashed: events name them, and callers bring the list along.
abstract contract JobState {
  using SafeCast for uint256;

  IHyperVault internal immutable VAULT;
  /// @dev Place of the running checkpoint's index in the word of the progress.
  uint256 private constant INDEX = 24;

  /// @dev Progress as a word: a struct would be written field by field.
  uint256 private _progress;
  /// @dev Hash chain over the sellers, in the order in which they joined.
  bytes32 internal _sellers;
  /// @dev Hash chain over who is paid and who is slashed, of the checkpoints that are not paid out.
  bytes32 internal _history;
  /// @dev Of the draw of the replica groups.
  bytes32 internal _seed;

  error JobEscrowWrongPhase(Phase phase);
  error JobEscrowWrongIndex(uint256 index);
  error JobEscrowBadSignature(address signer);
  error JobEscrowTooLate(uint256 deadline);
  error JobEscrowTooEarly(uint256 time);
  error JobEscrowWrongSellers();

  modifier during(Phase phase) {
    _checkPhase(phase);
    _;
  }

  modifier at(uint256 index) {
    _checkPhase(Phase.Running);
    uint256 running = uint8(_progress >> INDEX);
    require(running == index, JobEscrowWrongIndex(running));
    _;
  }

  constructor(IHyperVault vault) {
    VAULT = vault;
    // The shared code itself is no job.
    _progress = uint8(Phase.Closed);
  }

  /// @notice What the buyer offered, from the job's own code.
  function terms() public view returns (Terms memory) {
    return JobTerms.unpack(Clones.fetchCloneArgs(address(this)));
  }

  /// @notice Where the job stands.
  function progress() external view returns (Progress memory) {
    return _load();
  }

  /// @notice Tokens for one seller for the whole job, raises counted.
  function price() external view returns (uint256) {
    return _price(terms());
  }

  /// @notice The replica group of each seller, in the order in which they joined; all 0 without replicas.
  function groups() external view returns (uint256[] memory) {
    return _groups(terms());
  }

  function _checkPhase(Phase phase) private view {
    Phase found = Phase(uint8(_progress));
    require(found == phase, JobEscrowWrongPhase(found));
  }

  /// @dev Each cast keeps the bits of its field.
  function _load() internal view returns (Progress memory progress_) {
    uint256 word = _progress;
    progress_.phase = Phase(uint8(word));
    progress_.joined = uint16(word >> 8);
    progress_.index = uint8(word >> INDEX);
    progress_.unpaid = uint8(word >> 32);
    progress_.missed = uint8(word >> 40);
    progress_.stopping = uint8(word >> 48) & 1 == 1;
    progress_.anchored = uint8(word >> 48) & 2 == 2;
    progress_.overridden = uint8(word >> 48) & 4 == 4;
    progress_.tallied = uint8(word >> 48) & 8 == 8;
    progress_.price = uint88(word >> 56);
    progress_.commitBy = uint40(word >> 144);
    progress_.fillBlock = uint40(word >> 184);
  }

  function _save(Progress memory progress_) internal {
    uint256 flags = (progress_.stopping ? 1 : 0) | (progress_.anchored ? 2 : 0)
      | (progress_.overridden ? 4 : 0) | (progress_.tallied ? 8 : 0);
    _progress = uint256(progress_.phase) | uint256(progress_.joined) << 8 | uint256(progress_.index)
      << INDEX | uint256(progress_.unpaid) << 32 | uint256(progress_.missed) << 40 | flags << 48
      | uint256(progress_.price) << 56 | uint256(progress_.commitBy) << 144
      | uint256(progress_.fillBlock) << 184;
  }

  function _price(Terms memory terms_) internal view returns (uint256) {
    uint256 raised = _load().price;
    return raised == 0 ? terms_.price : raised;
  }

  function _groups(Terms memory terms_) internal view returns (uint256[] memory) {
    if (terms_.replicas == 1) return new uint256[](terms_.sellers);
    return Groups.deal(_seed, terms_.sellers, terms_.replicas);
  }

  function _checkSellers(address[] calldata sellers) internal view {
    bytes32 list;
    for (uint256 i = 0; i < sellers.length; ++i) {
      list = _append(list, sellers[i]);
    }
    require(list == _sellers, JobEscrowWrongSellers());
  }

  function _append(bytes32 list, address seller) internal pure returns (bytes32) {
    return Hashes.efficientKeccak256(list, bytes32(uint256(uint160(seller))));
  }

  function _checkBuyer(bytes32 structHash, bytes calldata signature) internal view {
    address buyer = terms().buyer;
    require(VAULT.isSignedBy(buyer, structHash, signature), JobEscrowBadSignature(buyer));
  }

  function _digest(bytes32 structHash) internal view returns (bytes32) {
    return MessageHashUtils.toTypedDataHash(Messages.domainSeparator(address(VAULT)), structHash);
  }

  /// @dev A step's part of the relays' fee, rounded down: one for filling, one for each checkpoint, one for settling.
  function _reward(Terms memory terms_) internal {
    uint256 part = terms_.relayFee / (uint256(terms_.checkpoints) + 2);
    if (part > 0) VAULT.reward(msg.sender, part.toUint96());
  }
}
