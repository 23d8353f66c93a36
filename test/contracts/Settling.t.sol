// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobState, Phase} from "../../contracts/src/JobState.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Base} from "./Base.sol";

/// @dev Who is paid is who joined, in that order, and once.
contract SettlingTest is Base {
  function setUp() public {
    deployMarket(50);
    fundBuyerAnd(3);
  }

  function test_sellersStandInTheOrderInWhichTheyJoined() public {
    Terms memory terms = termsFor(2);
    terms.payEvery = 1;
    JobEscrow job = running(terms);
    Said memory said = same(2);
    pass(job, 0, said);
    address[] memory swapped = sellersUpTo(2);
    (swapped[0], swapped[1]) = (swapped[1], swapped[0]);
    address[] memory one = sellersUpTo(1);
    uint256[] memory history = words(3, 0);
    vm.expectRevert(JobState.JobEscrowWrongSellers.selector);
    job.payout(swapped, history);
    vm.expectRevert(JobState.JobEscrowWrongSellers.selector);
    job.payout(one, history);
    job.payout(sellersUpTo(2), history);
    pass(job, 1, said);
    vm.expectRevert(JobState.JobEscrowWrongSellers.selector);
    job.settle(swapped, history);
    settle(job, 2, history);
  }

  function test_aJobIsSettledOnce() public {
    JobEscrow job = running(termsFor(1));
    pass(job, 0, same(1));
    pass(job, 1, same(1));
    uint256[] memory history = words(1, 0, 1, 0);
    settle(job, 1, history);
    eq(uint8(job.progress().phase), uint8(Phase.Closed), "all is paid");
    address[] memory list = sellersUpTo(1);
    vm.expectRevert(abi.encodeWithSelector(JobState.JobEscrowWrongPhase.selector, Phase.Closed));
    job.settle(list, history);
  }
}
