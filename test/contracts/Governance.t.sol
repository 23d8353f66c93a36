// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {HyperVault} from "../../contracts/src/HyperVault.sol";
import {Rules} from "../../contracts/src/IHyperVault.sol";
import {MarketRules} from "../../contracts/src/MarketRules.sol";
import {Messages} from "../../contracts/src/Messages.sol";
import {Compact} from "../../contracts/src/Signature.sol";
import {Base} from "./Base.sol";
import {BountyFactory, BountyJob, HostileJob} from "./BountyJob.sol";

/// @dev Votes of the token's holders, and job contracts of somebody else's that they list.
contract GovernanceTest is Base {
  string private constant BY_US = "A proposal #proposer=0x7FA9385bE102ac3EAc297483Dd6233D62b3e1496";

  function setUp() public {
    deployMarket(50);
    fundBuyerAnd(3);
    token.delegate(address(this));
    vm.warp(block.timestamp + 1);
  }

  function test_aVoteChangesTheFeeOfJobsToCome() public {
    Rules memory rules = vault.rules();
    rules.feeBps = 80;
    bytes memory call = abi.encodeCall(MarketRules.setRules, (rules));
    uint256 before = uint256(keccak256(abi.encode(open(termsFor(1)).terms().feeBps)));
    uint256 id = propose(call);
    vm.expectRevert();
    governor.castVote(id, 1);
    vm.warp(block.timestamp + 1 days + 1);
    governor.castVote(id, 1);
    vm.warp(governor.proposalDeadline(id) + 1);
    eq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Succeeded), "enough voted");
    queue(call);
    vm.expectRevert();
    this.execute(call);
    vm.warp(block.timestamp + 3 days);
    execute(call);
    eq(vault.rules().feeBps, 80, "the new fee");
    vm.assertTrue(before != 0, "a running job keeps its own");
  }

  function test_aFeeAboveItsBoundIsNotVotedIn() public {
    Rules memory rules = vault.rules();
    rules.feeBps = 101;
    bytes memory call = abi.encodeCall(MarketRules.setRules, (rules));
    pass(call);
    vm.expectRevert();
    this.execute(call);
  }

  function test_aProposalIsCancelledByItsProposerBeforeTheVote() public {
    bytes memory call = abi.encodeCall(MarketRules.setFactory, (stranger, true));
    propose(call);
    (address[] memory to, uint256[] memory values, bytes[] memory calls) = parts(call);
    governor.cancel(to, values, calls, keccak256(bytes(BY_US)));
  }

  function test_aLateQuorumKeepsTheVoteOpen() public {
    uint256 id = propose(abi.encodeCall(MarketRules.setFactory, (stranger, true)));
    uint256 deadline = governor.proposalDeadline(id);
    vm.warp(deadline - 1);
    governor.castVote(id, 1);
    eq(governor.proposalDeadline(id), deadline - 1 + 1 days, "a day more, to answer");
  }

  function test_aProposalOfAnothersNameIsRefused() public {
    (address[] memory to, uint256[] memory values, bytes[] memory calls) =
      parts(abi.encodeCall(MarketRules.setFactory, (stranger, true)));
    vm.expectRevert();
    governor.propose(
      to, values, calls, "Stolen #proposer=0x000000000000000000000000000000000000dEaD"
    );
    vm.expectRevert();
    vm.prank(stranger);
    governor.propose(to, values, calls, "Poor");
  }

  function test_tokensInTheVaultCarryNoVotes() public view {
    eq(token.getVotes(address(vault)), 0, "none");
    eq(token.getVotes(address(this)), token.balanceOf(address(this)), "what is outside does");
    vm.assertTrue(governor.proposalNeedsQueuing(0), "all goes through the timelock");
    eq(governor.proposalThreshold(), 1_000e18, "tokens of a proposer");
  }

  function test_aJobContractOfAUsersOwnIsListedAndUsed() public {
    BountyFactory bounties = new BountyFactory(vault);
    bytes memory text = "the answer";
    uint96 prize = 10 * HYPER;
    bytes memory none = "";
    vm.expectRevert();
    bounties.create(buyer(), keccak256(text), prize, none);
    bytes memory call = abi.encodeCall(MarketRules.setFactory, (address(bounties), true));
    pass(call);
    execute(call);
    address at = addressOf(bounties, keccak256(text), prize);
    bytes memory signature = long(BUYER, Messages.fund(at, prize + prize * 50 / 10_000));
    BountyJob job = bounties.create(buyer(), keccak256(text), prize, signature);
    uint64 deadline = uint64(block.timestamp + 60);
    Compact[] memory joins = new Compact[](1);
    joins[0] = compact(sellerKey(0), Messages.join(at, 0, HYPER, deadline));
    job.join(HYPER, deadline, joins, hireUntil(at, 0, deadline, joins));
    job.answer(text);
    eq(freeOf(seller(0)), 20 * HYPER, "prize and collateral");
    eq(freeOf(address(timelock)), prize * 50 / 10_000, "the fee");
    call = abi.encodeCall(MarketRules.setFactory, (address(bounties), false));
    vm.prank(address(timelock));
    vault.setFactory(address(bounties), false);
    vm.expectPartialRevert(HyperVault.HyperVaultNotFactory.selector);
    bounties.create(buyer(), keccak256("other"), prize, signature);
  }

  function test_aHostileJobTakesNoMoreThanWasSigned() public {
    HostileJob hostile = new HostileJob(vault);
    vm.prank(address(timelock));
    vault.setFactory(address(hostile), true);
    bytes memory forged = long(sellerKey(0), Messages.fund(address(hostile), 5 * HYPER));
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    hostile.openAs(buyer(), 5 * HYPER, forged);
    bytes memory signature = long(BUYER, Messages.fund(address(hostile), 5 * HYPER));
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    hostile.openAs(buyer(), 6 * HYPER, signature);
    hostile.openAs(buyer(), 5 * HYPER, signature);
    hostile.reward(address(hostile), 5 * HYPER);
    vm.expectPartialRevert(HyperVault.HyperVaultNotRaised.selector);
    hostile.fundAgain(5 * HYPER, signature);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    hostile.fundAgain(6 * HYPER, signature);
    vm.expectRevert();
    hostile.reward(address(hostile), 1);
    uint64 deadline = uint64(block.timestamp + 60);
    Compact[] memory joins = new Compact[](1);
    joins[0] = compact(sellerKey(0), Messages.join(address(hostile), HYPER, HYPER, deadline));
    bytes memory hire = hireUntil(address(hostile), HYPER, deadline, joins);
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    hostile.join(HYPER, HYPER, deadline, joins, "");
    eq(hostile.join(HYPER, 10 * HYPER, deadline, joins, hire), 0, "more collateral than was signed");
    vm.expectPartialRevert(HyperVault.HyperVaultBadSignature.selector);
    hostile.join(HYPER, HYPER, deadline + 1, joins, hire);
    eq(hostile.join(HYPER, HYPER, deadline, joins, hire), 1, "what was signed");
    eq(hostile.join(HYPER, HYPER, deadline, joins, hire), 0, "once");
    vm.expectPartialRevert(HyperVault.HyperVaultNotAtWork.selector);
    hostile.slash(seller(1));
    vm.expectPartialRevert(HyperVault.HyperVaultNotAtWork.selector);
    hostile.pay(seller(1), 0, HYPER, 1 << 8);
    vm.expectRevert();
    hostile.pay(seller(0), 0, 2 * HYPER, 1 << 8);
    hostile.slash(seller(0));
    eq(freeOf(seller(0)), 9 * HYPER, "its collateral in this job, no more");
    eq(freeOf(buyer()), 10_000 * HYPER - 5 * HYPER, "what the buyer signed, no more");
  }

  function propose(bytes memory call) private returns (uint256) {
    (address[] memory to, uint256[] memory values, bytes[] memory calls) = parts(call);
    return governor.propose(to, values, calls, BY_US);
  }

  function queue(bytes memory call) private {
    (address[] memory to, uint256[] memory values, bytes[] memory calls) = parts(call);
    governor.queue(to, values, calls, keccak256(bytes(BY_US)));
  }

  function execute(bytes memory call) public {
    (address[] memory to, uint256[] memory values, bytes[] memory calls) = parts(call);
    governor.execute(to, values, calls, keccak256(bytes(BY_US)));
  }

  /// @dev From a proposal to the end of its delay.
  function pass(bytes memory call) private {
    uint256 id = propose(call);
    vm.warp(block.timestamp + 1 days + 1);
    governor.castVote(id, 1);
    vm.warp(governor.proposalDeadline(id) + 1);
    queue(call);
    vm.warp(block.timestamp + 3 days);
  }

  function parts(bytes memory call)
    private
    view
    returns (address[] memory to, uint256[] memory values, bytes[] memory calls)
  {
    to = new address[](1);
    to[0] = address(vault);
    values = new uint256[](1);
    calls = new bytes[](1);
    calls[0] = call;
  }

  function addressOf(BountyFactory bounties, bytes32 question, uint96 prize)
    private
    view
    returns (address)
  {
    bytes32 hash = keccak256(
      abi.encodePacked(
        bytes1(0xff),
        address(bounties),
        bytes32(uint256(uint160(buyer()))),
        keccak256(
          abi.encodePacked(type(BountyJob).creationCode, abi.encode(vault, question, prize))
        )
      )
    );
    return address(uint160(uint256(hash)));
  }
}
