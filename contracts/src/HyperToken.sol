// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title The currency of the market, HYPER
/// @notice 100,000,000 tokens of 18 decimals, minted once to whoever deploys. No owner, and nothing mints or burns.
/// @dev Votes are counted by time, not by block (ERC-6372), so that periods mean the same on every chain.
contract HyperToken is ERC20, ERC20Permit, ERC20Votes {
  /// @notice The whole supply in the smallest unit: 1e26, below 2^87, so that any amount fits 88 bits.
  uint256 public constant SUPPLY = 100_000_000e18;

  constructor(address holder) ERC20("Hyper", "HYPER") ERC20Permit("Hyper") {
    _mint(holder, SUPPLY);
  }

  /// @notice Seconds since 1970 of this block.
  function clock() public view override returns (uint48) {
    return uint48(block.timestamp);
  }

  /// @notice The clock's kind, machine-readable (ERC-6372).
  // solhint-disable-next-line func-name-mixedcase
  function CLOCK_MODE() public pure override returns (string memory) {
    return "mode=timestamp";
  }

  /// @inheritdoc ERC20Permit
  function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
    return super.nonces(owner);
  }

  function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
    super._update(from, to, value);
  }
}
