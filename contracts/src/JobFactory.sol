// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IHyperVault, Rules} from "./IHyperVault.sol";
import {JobTerms, Terms} from "./JobTerms.sol";

/// @title Makes orders into jobs
/// @notice A job's address follows from its terms and resources alone (CREATE2, EIP-1014), so that buyer and sellers
/// sign for these when they sign for the address, and each can work it out without asking anybody.
contract JobFactory {
  using JobTerms for Terms;
  using SafeCast for uint256;

  uint256 public constant MOST_SELLERS = 256;
  uint256 public constant MOST_CHECKPOINTS = 64;
  uint256 public constant MOST_REPLICAS = 16;
  /// @notice A lone partner cannot tell who of two is wrong.
  uint256 public constant LEAST_REPLICAS = 3;
  /// @notice Longest time of all periods together, and to join, in seconds: they bound how long money can be held.
  uint256 public constant MOST_TIME = 366 days;
  uint256 public constant MOST_JOIN_TIME = 90 days;
  /// @notice Longest text of resources, in bytes.
  uint256 public constant MOST_RESOURCES = 1024;

  IHyperVault public immutable VAULT;
  /// @notice The code that all jobs share.
  address public immutable ESCROW;

  /// @param terms as JobTerms packs them; the job tells them in full
  /// @param resources what the buyer wants of a device, JSON, for matching
  event JobCreated(address indexed job, bytes terms, string resources);

  error JobFactoryBadTerms(string field);

  constructor(IHyperVault vault, address escrow) {
    VAULT = vault;
    ESCROW = escrow;
  }

  /// @notice Opens a job. Anyone may send this; the buyer's signature over Fund(job, escrow) pays.
  /// @return job its address: that of `jobAt`
  function create(Terms calldata terms, string calldata resources, bytes calldata signature)
    external
    returns (address job)
  {
    // Copied once: reading a field from calldata checks it each time.
    Terms memory copy = terms;
    _check(copy);
    require(bytes(resources).length <= MOST_RESOURCES, JobFactoryBadTerms("resources"));
    bytes memory packed = copy.pack();
    job = Clones.cloneDeterministicWithImmutableArgs(ESCROW, packed, keccak256(bytes(resources)));
    emit JobCreated(job, packed, resources);
    VAULT.open(job, copy.buyer, copy.escrowAt(copy.price).toUint96(), signature);
  }

  /// @notice Address of the job of these terms and resources, opened or not.
  function jobAt(Terms memory terms, string calldata resources) external view returns (address) {
    return Clones.predictDeterministicAddressWithImmutableArgs(
      ESCROW, terms.pack(), keccak256(bytes(resources))
    );
  }

  /// @notice Tokens that the buyer signs over at first.
  function escrowFor(Terms memory terms) external pure returns (uint256) {
    return terms.escrowAt(terms.price);
  }

  function _check(Terms memory terms) private view {
    Rules memory rules = VAULT.rules();
    require(terms.sellers >= 1 && terms.sellers <= MOST_SELLERS, JobFactoryBadTerms("sellers"));
    require(
      terms.replicas == 1
        || (terms.replicas >= LEAST_REPLICAS
          && terms.replicas <= MOST_REPLICAS
          && terms.sellers % terms.replicas == 0),
      JobFactoryBadTerms("replicas")
    );
    require(
      terms.checkpoints >= 1 && terms.checkpoints <= MOST_CHECKPOINTS,
      JobFactoryBadTerms("checkpoints")
    );
    require(
      terms.payEvery >= 1 && terms.payEvery <= terms.checkpoints, JobFactoryBadTerms("payEvery")
    );
    require(terms.price >= terms.checkpoints, JobFactoryBadTerms("price"));
    require(terms.collateral >= terms.checkpoints, JobFactoryBadTerms("collateral"));
    require(
      terms.window >= rules.leastWindow && terms.window <= rules.mostWindow,
      JobFactoryBadTerms("window")
    );
    // Between two checkpoints' times: a window to show, one to bind, and one that `close` may be late by. Devices go by
    // the times of the terms, from which the contract's would move away otherwise.
    uint256 windows = terms.checkpoints == 1 ? 1 : 3;
    require(
      terms.period >= windows * terms.window
        && uint256(terms.period) * terms.checkpoints <= MOST_TIME,
      JobFactoryBadTerms("period")
    );
    require(
      terms.joinBy > block.timestamp && terms.joinBy <= block.timestamp + MOST_JOIN_TIME,
      JobFactoryBadTerms("joinBy")
    );
    require(terms.feeBps == rules.feeBps, JobFactoryBadTerms("feeBps"));
  }
}
