// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Rules} from "./IHyperVault.sol";

/// @title The rules of the market, set by vote
/// @notice They hold for jobs opened afterwards. A running job keeps the fee that it was opened with.
abstract contract MarketRules {
  /// @notice Highest fee: one percent.
  uint16 public constant MOST_FEE_BPS = 100;
  /// @notice No window may be shorter than ten seconds or longer than thirty days.
  uint32 public constant LEAST_WINDOW = 10;
  uint32 public constant MOST_WINDOW = 30 days;
  /// @notice No stake is held for longer than thirty days.
  uint32 public constant MOST_STAKE_DELAY = 30 days;

  /// @notice The timelock: it sets rules after a vote, and owns fees and slashed collateral.
  address public immutable TREASURY;

  Rules private _rules;
  mapping(address factory => bool) private _isFactory;

  event RulesSet(uint16 feeBps, uint32 leastWindow, uint32 mostWindow, uint32 stakeDelay);
  event FactorySet(address indexed factory, bool listed);

  error HyperVaultNotGovernance(address caller);
  error HyperVaultRulesOutOfBounds();

  modifier onlyGovernance() {
    require(msg.sender == TREASURY, HyperVaultNotGovernance(msg.sender));
    _;
  }

  constructor(address treasury, Rules memory rules_, address factory) {
    TREASURY = treasury;
    _setRules(rules_);
    _setFactory(factory, true);
  }

  /// @notice Sets the rules of jobs to come.
  function setRules(Rules calldata rules_) external onlyGovernance {
    _setRules(rules_);
  }

  /// @notice Lists a factory, whose jobs may move what buyers and sellers sign over to them, or takes it off.
  function setFactory(address factory, bool listed) external onlyGovernance {
    _setFactory(factory, listed);
  }

  /// @notice The rules of jobs opened from now on.
  function rules() public view virtual returns (Rules memory) {
    return _rules;
  }

  /// @notice Whether a factory may open jobs.
  function isFactory(address factory) public view returns (bool) {
    return _isFactory[factory];
  }

  function _setRules(Rules memory rules_) private {
    require(
      rules_.feeBps <= MOST_FEE_BPS && rules_.leastWindow >= LEAST_WINDOW
        && rules_.leastWindow <= rules_.mostWindow && rules_.mostWindow <= MOST_WINDOW
        && rules_.stakeDelay <= MOST_STAKE_DELAY,
      HyperVaultRulesOutOfBounds()
    );
    _rules = rules_;
    emit RulesSet(rules_.feeBps, rules_.leastWindow, rules_.mostWindow, rules_.stakeDelay);
  }

  function _setFactory(address factory, bool listed) private {
    _isFactory[factory] = listed;
    emit FactorySet(factory, listed);
  }
}
