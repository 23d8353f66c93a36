// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ending, IHyperVault, Payment} from "../../contracts/src/IHyperVault.sol";
import {Compact} from "../../contracts/src/Signature.sol";

/// @dev A user's own kind of job: whoever joins first and shows the answer to a hash is paid. Once its factory is
/// listed by vote, it uses the vault like any job.
contract BountyJob {
  IHyperVault private immutable VAULT;
  bytes32 private immutable QUESTION;
  uint96 private immutable PRIZE;
  address private _seller;

  constructor(IHyperVault vault, bytes32 question, uint96 prize) {
    VAULT = vault;
    QUESTION = question;
    PRIZE = prize;
  }

  function join(uint96 collateral, uint64 deadline, Compact[] calldata joins, bytes calldata hire)
    external
  {
    require(_seller == address(0));
    _seller = VAULT.join(0, collateral, deadline, 1, joins, hire)[0];
  }

  function answer(bytes calldata text) external {
    require(keccak256(text) == QUESTION);
    address[] memory list = new address[](1);
    list[0] = _seller;
    uint16[] memory tally = new uint16[](1);
    tally[0] = 1;
    VAULT.settle(list, tally, Payment(PRIZE, 0, 1, Ending.Completed));
  }
}

/// @dev Makes bounties at addresses that follow from what they ask.
contract BountyFactory {
  IHyperVault private immutable VAULT;

  constructor(IHyperVault vault) {
    VAULT = vault;
  }

  function create(address buyer, bytes32 question, uint96 prize, bytes calldata signature)
    external
    returns (BountyJob job)
  {
    job = new BountyJob{salt: bytes32(uint256(uint160(buyer)))}(VAULT, question, prize);
    VAULT.open(address(job), buyer, prize + prize * VAULT.rules().feeBps / 10_000, signature);
  }
}

/// @dev A job that tries to take what nobody signed over to it.
contract HostileJob {
  IHyperVault private immutable VAULT;

  constructor(IHyperVault vault) {
    VAULT = vault;
  }

  function openAs(address buyer, uint96 amount, bytes calldata signature) external {
    VAULT.open(address(this), buyer, amount, signature);
  }

  function fundAgain(uint96 amount, bytes calldata signature) external {
    VAULT.fund(amount, signature);
  }

  function join(
    uint96 price,
    uint96 collateral,
    uint64 deadline,
    Compact[] calldata joins,
    bytes calldata hire
  ) external returns (uint256) {
    return VAULT.join(price, collateral, deadline, type(uint256).max, joins, hire).length;
  }

  function reward(address to, uint96 amount) external {
    VAULT.reward(to, amount);
  }

  function slash(address seller) external {
    VAULT.slashAll(seller);
  }

  function pay(address seller, uint96 slice, uint96 cut, uint16 tally) external {
    address[] memory list = new address[](1);
    list[0] = seller;
    uint16[] memory tallies = new uint16[](1);
    tallies[0] = tally;
    VAULT.settle(list, tallies, Payment(slice, cut, 1, Ending.None));
  }
}
