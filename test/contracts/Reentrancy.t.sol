// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {HyperVault} from "../../contracts/src/HyperVault.sol";
import {Rules} from "../../contracts/src/IHyperVault.sol";
import {Base} from "./Base.sol";

/// @dev A currency that calls back while it moves, as HYPER does not.
contract HookedToken is ERC20 {
  address private _called;
  bytes private _call;

  constructor() ERC20("Hooked", "HOOK") {
    _mint(msg.sender, 100e18);
    _approve(address(this), msg.sender, type(uint256).max);
  }

  function onMove(address called, bytes calldata call) external {
    (_called, _call) = (called, call);
  }

  function _update(address from, address to, uint256 value) internal override {
    super._update(from, to, value);
    if (_called == address(0)) return;
    address called = _called;
    _called = address(0);
    Address.functionCall(called, _call);
  }
}

/// @dev The vault stays whole whatever its currency does.
contract ReentrancyTest is Base {
  HookedToken private hooked;

  function setUp() public {
    hooked = new HookedToken();
    vault = new HyperVault(hooked, address(this), Rules(0, 10, 7 days, 7 days), address(this));
    hooked.approve(address(vault), type(uint256).max);
    vault.deposit(address(this), 10);
    vault.deposit(address(hooked), 10);
  }

  function test_aDepositIsNotEnteredTwice() public {
    hooked.onMove(address(vault), abi.encodeCall(vault.deposit, (stranger, 0)));
    vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    vault.deposit(stranger, 1);
  }

  function test_aWithdrawalIsNotEnteredTwice() public {
    bytes memory call = abi.encodeCall(vault.withdraw, (address(hooked), stranger, 1, 0, bytes("")));
    hooked.onMove(address(vault), call);
    vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    vault.withdraw(address(this), stranger, 1, 0, "");
  }
}
