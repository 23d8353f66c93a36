// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {HyperGovernor} from "../../contracts/src/HyperGovernor.sol";
import {HyperToken} from "../../contracts/src/HyperToken.sol";
import {HyperVault} from "../../contracts/src/HyperVault.sol";
import {IHyperVault, Rules} from "../../contracts/src/IHyperVault.sol";
import {JobCheckpoints, Own, Reveals} from "../../contracts/src/JobCheckpoints.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobFactory} from "../../contracts/src/JobFactory.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Claim, Messages} from "../../contracts/src/Messages.sol";
import {Compact} from "../../contracts/src/Signature.sol";

/// @dev An event as forge records it.
struct Recorded {
  bytes32[] topics;
  bytes data;
  address emitter;
}

/// @dev The cheat codes of forge that are used here; there is no forge-std.
interface Vm {
  function addr(uint256 key) external pure returns (address);
  function assume(bool holds) external pure;
  function assertEq(uint256 a, uint256 b, string calldata what) external pure;
  function assertTrue(bool holds, string calldata what) external pure;
  function computeCreateAddress(address from, uint256 nonce) external pure returns (address);
  function deployCode(string calldata what) external returns (address);
  function expectEmit(address emitter) external;
  function expectRevert(bytes4 selector) external;
  function expectRevert(bytes calldata data) external;
  function expectPartialRevert(bytes4 selector) external;
  function expectRevert() external;
  function getNonce(address who) external view returns (uint64);
  function prank(address sender) external;
  function recordLogs() external;
  function getRecordedLogs() external returns (Recorded[] memory);
  function roll(uint256 number) external;
  function sign(uint256 key, bytes32 digest) external pure returns (uint8, bytes32, bytes32);
  function warp(uint256 time) external;
  function chainId(uint256 id) external;
  function setBlockhash(uint256 number, bytes32 hash) external;
}

/// @dev A market as it is deployed, and people and devices that sign.
abstract contract Base {
  // solhint-disable-next-line const-name-snakecase
  Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
  bool public constant IS_TEST = true;

  uint256 internal constant BUYER = 0xB0B;
  uint256 internal constant FIRST_SELLER = 0x5E11;
  uint96 internal constant HYPER = 1e18;
  uint32 internal constant PERIOD = 600;
  uint32 internal constant WINDOW = 120;
  bytes32 internal constant ROSTER = keccak256("roster");
  bytes32 internal constant RESULT = keccak256("result");

  HyperToken internal token;
  TimelockController internal timelock;
  HyperGovernor internal governor;
  HyperVault internal vault;
  JobEscrow internal code;
  JobFactory internal factory;
  address internal relay = address(0x4E1A);
  address internal stranger = address(0x57A9);
  uint32 private _nonce;
  address[] private _targets;

  function deployMarket(uint16 feeBps) internal {
    vm.warp(1_800_000_000);
    vm.roll(1_000);
    token = new HyperToken(address(this));
    timelock = new TimelockController(3 days, new address[](0), new address[](1), address(this));
    governor = new HyperGovernor(token, timelock, 1 days, 7 days, 1_000e18);
    uint256 nonce = vm.getNonce(address(this));
    address later = vm.computeCreateAddress(address(this), nonce + 2);
    code = new JobEscrow(IHyperVault(later));
    factory = new JobFactory(IHyperVault(later), address(code));
    vault =
      new HyperVault(token, address(timelock), Rules(feeBps, 10, 7 days, 7 days), address(factory));
    require(address(vault) == later);
    timelock.grantRole(timelock.PROPOSER_ROLE(), address(governor));
    timelock.grantRole(timelock.CANCELLER_ROLE(), address(governor));
    timelock.renounceRole(timelock.DEFAULT_ADMIN_ROLE(), address(this));
    token.approve(address(vault), type(uint256).max);
  }

  function targetContract(address target) internal {
    _targets.push(target);
  }

  /// @dev forge reads this to know what an invariant run may call.
  function targetContracts() external view returns (address[] memory) {
    return _targets;
  }

  // -- People

  function sellerKey(uint256 i) internal pure returns (uint256) {
    return FIRST_SELLER + i;
  }

  function seller(uint256 i) internal pure returns (address) {
    return vm.addr(sellerKey(i));
  }

  function sellersUpTo(uint256 count) internal pure returns (address[] memory list) {
    list = new address[](count);
    for (uint256 i = 0; i < count; ++i) {
      list[i] = seller(i);
    }
  }

  function buyer() internal pure returns (address) {
    return vm.addr(BUYER);
  }

  function fundBuyerAnd(uint256 sellers) internal {
    vault.deposit(buyer(), 10_000 * HYPER);
    for (uint256 i = 0; i < sellers; ++i) {
      vault.deposit(seller(i), 10 * HYPER);
    }
  }

  function freeOf(address who) internal view returns (uint256) {
    return vault.accountOf(who).free;
  }

  function lockedOf(address who) internal view returns (uint256) {
    return vault.accountOf(who).locked;
  }

  // -- Signatures

  function digestOf(bytes32 structHash) internal view returns (bytes32) {
    return MessageHashUtils.toTypedDataHash(vault.domainSeparator(), structHash);
  }

  function compact(uint256 key, bytes32 structHash) internal view returns (Compact memory) {
    (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digestOf(structHash));
    return Compact(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
  }

  function long(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
    (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digestOf(structHash));
    return abi.encodePacked(r, s, v);
  }

  // -- Jobs

  function termsFor(uint16 sellers) internal returns (Terms memory terms) {
    terms.buyer = buyer();
    terms.price = uint88(4 * HYPER);
    terms.feeBps = uint8(vault.rules().feeBps);
    terms.relay = relay;
    terms.collateral = uint88(2 * HYPER);
    terms.replicas = 1;
    terms.spec = keccak256("spec");
    terms.period = PERIOD;
    terms.window = WINDOW;
    terms.joinBy = uint40(block.timestamp + 1 hours);
    terms.sellers = sellers;
    terms.checkpoints = 2;
    terms.payEvery = 2;
    terms.nonce = ++_nonce;
  }

  function open(Terms memory terms) internal returns (JobEscrow job) {
    address at = factory.jobAt(terms, "{}");
    uint96 amount = uint96(factory.escrowFor(terms));
    job = JobEscrow(factory.create(terms, "{}", long(BUYER, Messages.fund(at, amount))));
    require(address(job) == at, "address follows from the terms");
  }

  function joinsOf(JobEscrow job, uint256 from, uint256 to, uint96 minPrice)
    internal
    view
    returns (Compact[] memory joins)
  {
    Terms memory terms = job.terms();
    bytes32 hash = Messages.join(address(job), minPrice, terms.collateral, terms.joinBy);
    joins = new Compact[](to - from);
    for (uint256 i = from; i < to; ++i) {
      joins[i - from] = compact(sellerKey(i), hash);
    }
  }

  /// @dev The buyer hires whoever signed these, for a price that they all take.
  function hireOf(address job, uint96 minPrice, Compact[] memory joins)
    internal
    view
    returns (bytes memory)
  {
    return hireUntil(job, minPrice, JobEscrow(job).terms().joinBy, joins);
  }

  function hireUntil(address job, uint96 minPrice, uint64 deadline, Compact[] memory joins)
    internal
    view
    returns (bytes memory)
  {
    bytes memory all;
    for (uint256 i = 0; i < joins.length; ++i) {
      all = bytes.concat(all, joins[i].r, joins[i].vs);
    }
    return long(BUYER, Messages.hire(job, minPrice, deadline, keccak256(all)));
  }

  function fill(JobEscrow job, uint256 from, uint256 to) internal {
    Compact[] memory joins = joinsOf(job, from, to, HYPER);
    job.fill(HYPER, job.terms().joinBy, joins, hireOf(address(job), HYPER, joins));
  }

  /// @dev A job of so many sellers that runs.
  function running(Terms memory terms) internal returns (JobEscrow job) {
    job = open(terms);
    fill(job, 0, terms.sellers);
    if (terms.replicas > 1) {
      vm.roll(block.number + 3);
      vm.setBlockhash(block.number - 1, keccak256("lot"));
      job.start();
    }
  }

  // -- Checkpoints

  function claimOf(bytes32 result) internal pure returns (Claim memory) {
    return Claim(0, ROSTER, 0, result);
  }

  function signClaim(JobEscrow job, uint256 index, uint256 key, Claim memory claim)
    internal
    view
    returns (Compact memory)
  {
    return compact(key, this.hashOf(address(job), index, claim));
  }

  /// @dev Messages takes claims from calldata.
  function hashOf(address job, uint256 index, Claim calldata claim)
    external
    pure
    returns (bytes32)
  {
    return Messages.checkpoint(job, index, claim);
  }

  function commitmentOf(Compact memory signature) internal pure returns (bytes32) {
    return keccak256(abi.encode(signature.r, signature.vs));
  }

  /// @dev What sellers say: for each the place of its claim, or 255 for nothing; and whether it was bound before.
  struct Said {
    Claim[] claims;
    uint8[] by;
    bool[] bound;
  }

  /// @dev All say the same.
  function same(uint256 sellers) internal pure returns (Said memory said) {
    said.claims = new Claim[](1);
    said.claims[0] = claimOf(RESULT);
    said.by = new uint8[](sellers);
    said.bound = new bool[](sellers);
    for (uint256 i = 0; i < sellers; ++i) {
      said.bound[i] = true;
    }
  }

  function anchorOf(JobEscrow job, uint256 index, Said memory said)
    internal
    view
    returns (bytes32 list)
  {
    for (uint256 i = 0; i < said.by.length; ++i) {
      list = keccak256(abi.encode(list, boundBy(job, index, said, i)));
    }
  }

  /// @dev One seller's own commitment.
  function commitAlone(
    JobEscrow job,
    uint256 index,
    uint256 place,
    bytes32 own,
    Compact memory signature,
    address[] memory sellers
  ) internal {
    Own memory word = Own(1 << place, new bytes32[](1), new Compact[](1));
    (word.commitments[0], word.signatures[0]) = (own, signature);
    job.commit(index, word, sellers);
  }

  function boundBy(JobEscrow job, uint256 index, Said memory said, uint256 i)
    internal
    view
    returns (bytes32)
  {
    if (!said.bound[i]) return 0;
    Claim memory claim = said.claims[said.by[i] == 255 ? 0 : said.by[i]];
    return commitmentOf(signClaim(job, index, sellerKey(i), claim));
  }

  function revealsOf(JobEscrow job, uint256 index, Said memory said)
    internal
    view
    returns (Reveals memory reveals)
  {
    uint256 shown = 0;
    for (uint256 i = 0; i < said.by.length; ++i) {
      if (said.by[i] != 255) ++shown;
    }
    reveals.claims = said.claims;
    reveals.signatures = new Compact[](shown);
    reveals.absent = new address[](said.by.length - shown);
    reveals.withheld = new bytes32[](said.by.length - shown);
    reveals.replaced = new bytes32[](0);
    bytes memory places = new bytes(shown);
    (uint256 a, uint256 b) = (0, 0);
    for (uint256 i = 0; i < said.by.length; ++i) {
      if (said.by[i] == 255) {
        (reveals.absent[b], reveals.withheld[b]) = (seller(i), boundBy(job, index, said, i));
        ++b;
      } else {
        reveals.revealed |= 1 << i;
        places[a] = bytes1(said.by[i]);
        reveals.signatures[a] = signClaim(job, index, sellerKey(i), said.claims[said.by[i]]);
        ++a;
      }
    }
    reveals.claimOf = places;
  }

  function bitsList(uint256 bits) internal pure returns (uint256[] memory list) {
    list = new uint256[](1);
    list[0] = bits;
  }

  function commitByOf(JobEscrow job) internal view returns (uint256) {
    return job.progress().commitBy;
  }

  function anchor(JobEscrow job, uint256 index, Said memory said) internal {
    vm.warp(commitByOf(job) - WINDOW);
    bytes32 list = anchorOf(job, index, said);
    vm.prank(relay);
    job.anchor(index, list);
  }

  function attest(JobEscrow job, uint256 index, Said memory said) internal {
    vm.warp(commitByOf(job) + 1);
    job.attest(index, revealsOf(job, index, said));
  }

  /// @dev A checkpoint from its anchor to its end.
  function pass(JobEscrow job, uint256 index, Said memory said) internal {
    anchor(job, index, said);
    attest(job, index, said);
    if (job.progress().index == index) {
      vm.warp(commitByOf(job) + WINDOW + 1);
      job.close(index);
    }
  }

  function settle(JobEscrow job, uint256 sellers, uint256[] memory history) internal {
    job.settle(sellersUpTo(sellers), history);
  }

  function words(uint256 a, uint256 b) internal pure returns (uint256[] memory list) {
    list = new uint256[](2);
    (list[0], list[1]) = (a, b);
  }

  function words(uint256 a, uint256 b, uint256 c, uint256 d)
    internal
    pure
    returns (uint256[] memory list)
  {
    list = new uint256[](4);
    (list[0], list[1], list[2], list[3]) = (a, b, c, d);
  }

  function eq(uint256 a, uint256 b, string memory what) internal pure {
    vm.assertEq(a, b, what);
  }

  /// @dev What the vault owes to those that these tests know.
  function owed(uint256 sellers, JobEscrow job) internal view returns (uint256 sum) {
    sum = freeOf(buyer()) + freeOf(address(timelock)) + freeOf(relay) + freeOf(address(this));
    for (uint256 i = 0; i < sellers; ++i) {
      sum += freeOf(seller(i)) + lockedOf(seller(i));
    }
    sum += vault.jobOf(address(job)).escrow;
  }
}
