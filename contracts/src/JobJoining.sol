// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Ending, Payment} from "./IHyperVault.sol";
import {JobState, Phase, Progress} from "./JobState.sol";
import {JobTerms, Terms} from "./JobTerms.sol";
import {Messages} from "./Messages.sol";
import {Compact} from "./Signature.sol";

/// @title How a job finds its sellers, or comes to nothing
abstract contract JobJoining is JobState {
  using JobTerms for Terms;
  using SafeCast for uint256;

  /// @notice Blocks from the last join to the one whose hash deals the groups.
  uint256 public constant LOT_AFTER = 2;

  event PriceRaised(uint256 price);
  event Filled(uint256 fillBlock);
  event Started(bytes32 seed, uint256 commitBy);

  error JobEscrowJoined(uint256 joined);
  error JobEscrowPriceTooLow(uint256 price, uint256 wanted);
  error JobEscrowNoLot();

  /// @notice Sellers that signed Join(job, minPrice, collateral, deadline) take places, in this order; who is busy or
  /// poor is skipped. The last place starts the job, or, with replicas, the draw of the groups.
  /// @param hire the buyer's signature over Hire(job, minPrice, deadline, keccak256 of the joins)
  function fill(uint96 minPrice, uint64 deadline, Compact[] calldata joins, bytes calldata hire)
    external
    during(Phase.Open)
  {
    Terms memory terms_ = terms();
    require(block.timestamp <= terms_.joinBy, JobEscrowTooLate(terms_.joinBy));
    uint256 price_ = _price(terms_);
    require(minPrice <= price_, JobEscrowPriceTooLow(price_, minPrice));
    Progress memory progress_ = _load();
    address[] memory joined = VAULT.join(
      minPrice, terms_.collateral, deadline, terms_.sellers - progress_.joined, joins, hire
    );
    bytes32 list = _sellers;
    for (uint256 i = 0; i < joined.length; ++i) {
      list = _append(list, joined[i]);
    }
    _sellers = list;
    progress_.joined += joined.length.toUint16();
    if (progress_.joined == terms_.sellers) {
      if (terms_.replicas > 1) {
        progress_.phase = Phase.Filled;
        progress_.fillBlock = block.number.toUint40();
        progress_.commitBy = (block.timestamp + terms_.window).toUint40();
        emit Filled(block.number);
      } else {
        _start(progress_, terms_, 0);
      }
      _save(progress_);
      _reward(terms_);
    } else {
      _save(progress_);
    }
  }

  /// @notice Deals the replica groups and starts the job, once the block of the lot is known.
  function start() external during(Phase.Filled) {
    Progress memory progress_ = _load();
    bytes32 lot = Blockhash.blockHash(uint256(progress_.fillBlock) + LOT_AFTER);
    require(lot != 0, JobEscrowNoLot());
    bytes32 seed = keccak256(abi.encode(lot, address(this)));
    _seed = seed;
    _start(progress_, terms(), seed);
    _save(progress_);
  }

  /// @notice The buyer pays more: all sellers get the last price. Its signature is over Fund(job, escrow at it).
  function raise(uint88 price_, bytes calldata signature) external during(Phase.Open) {
    Terms memory terms_ = terms();
    uint256 before = _price(terms_);
    require(price_ > before, JobEscrowPriceTooLow(price_, before));
    Progress memory progress_ = _load();
    progress_.price = price_;
    _save(progress_);
    emit PriceRaised(price_);
    VAULT.fund(terms_.escrowAt(price_).toUint96(), signature);
  }

  /// @notice The buyer takes back an order that nobody has joined.
  function cancel(bytes calldata signature) external during(Phase.Open) {
    uint256 joined = _load().joined;
    require(joined == 0, JobEscrowJoined(joined));
    _checkBuyer(Messages.cancel(address(this)), signature);
    _expire(new address[](0));
  }

  /// @notice Ends an order that did not fill in time, or whose lot was not drawn in time. All money goes back.
  function expire(address[] calldata sellers) external {
    Progress memory progress_ = _load();
    if (progress_.phase == Phase.Open) {
      uint256 joinBy = terms().joinBy;
      require(block.timestamp > joinBy, JobEscrowTooEarly(joinBy));
    } else {
      require(progress_.phase == Phase.Filled, JobEscrowWrongPhase(progress_.phase));
      require(block.timestamp > progress_.commitBy, JobEscrowTooEarly(progress_.commitBy));
    }
    _checkSellers(sellers);
    _expire(sellers);
  }

  function _start(Progress memory progress_, Terms memory terms_, bytes32 seed) private {
    progress_.phase = Phase.Running;
    progress_.commitBy = (block.timestamp + terms_.period).toUint40();
    emit Started(seed, progress_.commitBy);
  }

  function _expire(address[] memory sellers) private {
    Progress memory progress_ = _load();
    progress_.phase = Phase.Closed;
    _save(progress_);
    VAULT.settle(sellers, new uint16[](sellers.length), Payment(0, 0, 0, Ending.Expired));
  }
}
