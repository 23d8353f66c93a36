// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Account, Accounts} from "./Accounts.sol";
import {Ending, IHyperVault, Payment, Rules} from "./IHyperVault.sol";
import {MarketRules} from "./MarketRules.sol";
import {Messages} from "./Messages.sol";
import {Compact, Signature} from "./Signature.sol";

/// @notice A registered job.
struct Job {
  address buyer;
  /// From 1 upwards.
  uint32 number;
  /// The fee of its opening, in hundredths of a percent.
  uint16 feeBps;
  bool ended;
  /// Tokens that it holds of its buyer.
  uint96 escrow;
  /// Tokens that its buyer has put in, in all; 0 when it has ended.
  uint96 funded;
}

/// @notice How a buyer's jobs ended.
struct BuyerScore {
  uint32 completed;
  uint32 stopped;
  uint32 abandoned;
}

/// @title All money of the market
/// @notice Tokens come in by one transfer and leave by one; between, they are numbers here. The vault itself checks
/// every signature that moves money, so that a job, a factory or a relay can do no more than was signed. It has no
/// owner and cannot be changed or emptied; governance sets rules for jobs to come (MarketRules).
contract HyperVault is
  IHyperVault,
  MarketRules,
  Accounts,
  EIP712,
  Nonces,
  ReentrancyGuardTransient
{
  using SafeCast for uint256;
  using SafeERC20 for IERC20;
  using Signature for Compact;
  using Signature for Compact[];

  /// @notice The currency.
  IERC20 public immutable TOKEN;

  uint32 private _jobsOpened;
  mapping(address job => Job) private _jobs;
  mapping(address account => address) private _payouts;
  mapping(address buyer => BuyerScore) private _buyerScores;

  event Deposited(address indexed account, address indexed from, uint256 amount);
  event Withdrawn(address indexed account, address indexed to, uint256 amount);
  event Registered(address indexed account, address indexed payout);
  event JobOpened(address indexed job, address indexed buyer, uint32 number);
  event JobRaised(address indexed job, uint256 funded);
  event SellersJoined(address indexed job, address[] sellers, uint256 minPrice);
  event JobPaid(address indexed job, uint256 paid, uint256 slashed, uint256 fee, uint256 escrow);
  event JobEnded(
    address indexed job, Ending ending, uint256 paid, uint256 slashed, uint256 fee, uint256 returned
  );
  event CollateralSlashed(address indexed job, address indexed seller, uint256 amount);
  event Released(address indexed job, address indexed seller);
  event RelayRewarded(address indexed job, address indexed relay, uint256 amount);

  error HyperVaultNotFactory(address caller);
  error HyperVaultNotJob(address caller);
  error HyperVaultJobKnown(address job);
  error HyperVaultBadSignature(address signer);
  error HyperVaultLate(uint256 deadline);
  error HyperVaultNotRaised(uint256 funded, uint256 wanted);
  error HyperVaultNoPayout();
  error HyperVaultPayoutSet(address payout);
  error HyperVaultNotAtWork(address seller);

  constructor(IERC20 token, address treasury, Rules memory rules_, address factory)
    MarketRules(treasury, rules_, factory)
    EIP712("Hypernet", "1")
  {
    TOKEN = token;
  }

  // -- Money in and out

  /// @notice Moves tokens of the caller, who approved them, into an account.
  function deposit(address account, uint96 amount) public nonReentrant {
    require(amount > 0, HyperVaultNothing());
    TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    _credit(account, amount);
    emit Deposited(account, msg.sender, amount);
  }

  /// @notice The same, approved by a signature (ERC-2612). A permit that somebody sent before does no harm.
  function depositWithPermit(
    address account,
    uint96 amount,
    uint256 deadline,
    uint8 v,
    bytes32 r,
    bytes32 s
  ) external {
    // An allowance that stands already is as good; without one the transfer fails.
    try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), amount, deadline, v, r, s) {}
      catch {}
    deposit(account, amount);
  }

  /// @notice Moves free tokens out of an account. The account itself, its payout address, or its signature over
  /// Withdraw says so. Where a payout address is set, tokens go there only.
  function withdraw(
    address account,
    address to,
    uint96 amount,
    uint64 deadline,
    bytes calldata signature
  ) external nonReentrant {
    address payout = _payouts[account];
    if (msg.sender != account && msg.sender != payout) {
      bytes32 digest = Messages.withdraw(account, to, amount, _useNonce(account), deadline);
      _checkSigned(account, digest, deadline, signature);
    }
    require(payout == address(0) || to == payout, HyperVaultPayoutSet(payout));
    _debit(account, amount);
    TOKEN.safeTransfer(to, amount);
    emit Withdrawn(account, to, amount);
  }

  /// @notice Names the address that an account's tokens go to: the first time by the account's signature over
  /// Register, later by the address itself, so that a stolen device cannot divert them.
  function register(address account, address payout, uint64 deadline, bytes calldata signature)
    external
  {
    require(payout != address(0), HyperVaultNoPayout());
    address now_ = _payouts[account];
    if (now_ == address(0)) {
      _checkSigned(account, Messages.register(account, payout, deadline), deadline, signature);
    } else {
      require(msg.sender == now_, HyperVaultPayoutSet(now_));
    }
    _payouts[account] = payout;
    emit Registered(account, payout);
  }

  // -- For jobs

  /// @inheritdoc IHyperVault
  function open(address job, address buyer, uint96 amount, bytes calldata signature) external {
    require(isFactory(msg.sender), HyperVaultNotFactory(msg.sender));
    require(_jobs[job].buyer == address(0) && buyer != address(0), HyperVaultJobKnown(job));
    // Without code it would be a key, which could pay out as it likes.
    require(job.code.length > 0, HyperVaultNotJob(job));
    uint32 number = ++_jobsOpened;
    Job storage entry = _jobs[job];
    (entry.buyer, entry.number, entry.feeBps) = (buyer, number, rules().feeBps);
    emit JobOpened(job, buyer, number);
    _fund(job, amount, signature);
  }

  /// @inheritdoc IHyperVault
  function fund(uint96 amount, bytes calldata signature) external {
    _numberOf(msg.sender);
    _fund(msg.sender, amount, signature);
    emit JobRaised(msg.sender, amount);
  }

  /// @inheritdoc IHyperVault
  function join(
    uint96 minPrice,
    uint96 collateral,
    uint64 deadline,
    uint256 places,
    Compact[] calldata joins,
    bytes calldata hire
  ) external returns (address[] memory joined) {
    uint32 number = _numberOf(msg.sender);
    require(block.timestamp <= deadline, HyperVaultLate(deadline));
    _checkHire(Messages.hire(msg.sender, minPrice, deadline, joins.hashOf()), hire);
    bytes32 digest = _hashTypedDataV4(Messages.join(msg.sender, minPrice, collateral, deadline));
    joined = _lockAll(joins, digest, uint256(collateral).toUint88(), number, places);
    emit SellersJoined(msg.sender, joined, minPrice);
  }

  /// @inheritdoc IHyperVault
  function settle(address[] calldata sellers, uint16[] calldata tallies, Payment memory payment)
    external
    returns (uint256 paid, uint256 slashed)
  {
    Job storage job = _jobs[msg.sender];
    uint32 number = _numberOf(msg.sender);
    for (uint256 i = 0; i < sellers.length; ++i) {
      (uint256 pay, uint256 cut) = _settleOne(sellers[i], number, tallies[i], payment);
      paid += pay;
      slashed += cut;
    }
    uint256 fee = paid * job.feeBps / 10_000;
    uint256 rest = job.escrow - paid - fee;
    _credit(TREASURY, slashed + fee);
    if (payment.ending == Ending.None) {
      job.escrow = rest.toUint96();
      emit JobPaid(msg.sender, paid, slashed, fee, rest);
    } else {
      (job.ended, job.escrow, job.funded) = (true, 0, 0);
      _credit(job.buyer, rest);
      _scoreBuyer(job.buyer, payment.ending);
      emit JobEnded(msg.sender, payment.ending, paid, slashed, fee, rest);
    }
  }

  /// @inheritdoc IHyperVault
  function slashAll(address seller) external returns (uint256 slashed) {
    Account memory account = _load(seller);
    require(account.active == _numberOf(msg.sender), HyperVaultNotAtWork(seller));
    slashed = _held(seller, account);
    // One proof counts once, however often somebody sends it.
    require(slashed > 0, HyperVaultNotAtWork(seller));
    _slash(seller, account, slashed);
    account.bad = _saturated(account.bad, 1);
    _save(seller, account);
    _credit(TREASURY, slashed);
    emit CollateralSlashed(msg.sender, seller, slashed);
  }

  /// @inheritdoc IHyperVault
  function reward(address relay, uint96 amount) external {
    _numberOf(msg.sender);
    _jobs[msg.sender].escrow -= amount;
    _credit(relay, amount);
    emit RelayRewarded(msg.sender, relay, amount);
  }

  /// @notice Gives a seller its collateral back that an ended job forgot. JobEscrow forgets nobody; a job contract of
  /// somebody else's may.
  function release(address seller, address job) external {
    Account memory account = _load(seller);
    require(_jobs[job].ended && account.active == _jobs[job].number, HyperVaultNotAtWork(seller));
    _unlock(seller, account, _held(seller, account));
    (account.active, account.backed) = (0, 0);
    _save(seller, account);
    emit Released(job, seller);
  }

  // -- Reading

  /// @notice A registered job, and what it holds.
  function jobOf(address job) external view returns (Job memory) {
    return _jobs[job];
  }

  /// @notice Where an account's tokens go; zero: anywhere.
  function payoutOf(address account) external view returns (address) {
    return _payouts[account];
  }

  /// @notice How a buyer's jobs ended.
  function buyerScoreOf(address buyer) external view returns (BuyerScore memory) {
    return _buyerScores[buyer];
  }

  /// @inheritdoc IHyperVault
  function domainSeparator() external view returns (bytes32) {
    return _domainSeparatorV4();
  }

  /// @inheritdoc IHyperVault
  function isSignedBy(address who, bytes32 structHash, bytes calldata signature)
    public
    view
    returns (bool)
  {
    bytes32 digest = _hashTypedDataV4(structHash);
    // Most buyers are keys, and to look for code first costs as much again.
    (address signer, ECDSA.RecoverError error,) = ECDSA.tryRecoverCalldata(digest, signature);
    return (error == ECDSA.RecoverError.NoError && signer == who)
      || SignatureChecker.isValidERC1271SignatureNowCalldata(who, digest, signature);
  }

  /// @inheritdoc IHyperVault
  function rules() public view override(IHyperVault, MarketRules) returns (Rules memory) {
    return super.rules();
  }

  // -- Parts

  function _fund(address job, uint96 amount, bytes calldata signature) private {
    Job storage entry = _jobs[job];
    uint96 funded = entry.funded;
    require(amount > funded, HyperVaultNotRaised(funded, amount));
    require(
      isSignedBy(entry.buyer, Messages.fund(job, amount), signature),
      HyperVaultBadSignature(entry.buyer)
    );
    _debit(entry.buyer, amount - funded);
    entry.escrow += amount - funded;
    entry.funded = amount;
  }

  /// @dev A seller that has nothing left in the job was proven a liar and earns nothing.
  function _settleOne(address seller, uint32 number, uint16 tally, Payment memory payment)
    private
    returns (uint256 pay, uint256 slashed)
  {
    Account memory account = _load(seller);
    require(account.active == number, HyperVaultNotAtWork(seller));
    (uint256 ok, uint256 bad) = (tally & 0xff, tally >> 8);
    uint256 held = _held(seller, account);
    bool ends = payment.ending != Ending.None;
    if (held > 0) {
      pay = payment.slice * ok;
      slashed = payment.cut * bad;
      if (slashed > 0) _slash(seller, account, slashed);
      _unlock(
        seller,
        account,
        ends ? held - slashed : uint256(payment.cut) * payment.checkpoints - slashed
      );
      account.ok = _saturated(account.ok, ok);
      account.bad = _saturated(account.bad, bad);
      account.free += pay.toUint88();
    }
    if (ends) (account.active, account.backed) = (0, 0);
    _save(seller, account);
  }

  function _checkHire(bytes32 structHash, bytes calldata hire) private view {
    address buyer = _jobs[msg.sender].buyer;
    require(isSignedBy(buyer, structHash, hire), HyperVaultBadSignature(buyer));
  }

  function _lockAll(
    Compact[] calldata joins,
    bytes32 digest,
    uint88 amount,
    uint32 number,
    uint256 places
  ) private returns (address[] memory joined) {
    uint256 most = Math.min(places, joins.length);
    address[] memory found = new address[](most);
    uint256 count = 0;
    for (uint256 i = 0; i < joins.length && count < most; ++i) {
      address seller = joins[i].signerOf(digest);
      if (seller != address(0) && _lock(seller, amount, number)) found[count++] = seller;
    }
    return count == most ? found : _firstOf(found, count);
  }

  function _firstOf(address[] memory list, uint256 count)
    private
    pure
    returns (address[] memory first)
  {
    first = new address[](count);
    for (uint256 i = 0; i < count; ++i) {
      first[i] = list[i];
    }
  }

  function _scoreBuyer(address buyer, Ending ending) private {
    BuyerScore storage score = _buyerScores[buyer];
    if (ending == Ending.Completed) ++score.completed;
    else if (ending == Ending.Stopped) ++score.stopped;
    else if (ending == Ending.Abandoned) ++score.abandoned;
  }

  function _checkSigned(address who, bytes32 structHash, uint64 deadline, bytes calldata signature)
    private
    view
  {
    require(block.timestamp <= deadline, HyperVaultLate(deadline));
    require(isSignedBy(who, structHash, signature), HyperVaultBadSignature(who));
  }

  function _numberOf(address job) private view returns (uint32 number) {
    number = _jobs[job].number;
    require(number != 0 && !_jobs[job].ended, HyperVaultNotJob(job));
  }

  function _unstakeDelay() internal view override returns (uint256) {
    return rules().stakeDelay;
  }

  function _saturated(uint16 count, uint256 more) private pure returns (uint16) {
    return Math.min(count + more, type(uint16).max).toUint16();
  }
}
