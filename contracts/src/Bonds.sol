// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Fault, Forfeit, IBonds, Loss} from "./interfaces/IBonds.sol";
import {IPrograms} from "./interfaces/IPrograms.sol";
import {Rounds} from "./libraries/Rounds.sol";
import {Permit, Tokens} from "./libraries/Tokens.sol";

/// @title Bonds
/// @notice Holds aggregators' bonds, and what forfeited ones owe to nodes and challengers until they take it.
contract Bonds is IBonds, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Tokens for IERC20;

    /* STORAGE */

    struct Bond {
        uint128 total;
        uint128 locked;
    }

    /// @inheritdoc IBonds
    IPrograms public immutable programs;

    /// @inheritdoc IBonds
    address public immutable challenges;

    /// @inheritdoc IBonds
    address public immutable demands;

    /// @inheritdoc IBonds
    mapping(bytes32 key => mapping(address account => bool drawn)) public hasDrawn;

    /// @inheritdoc IBonds
    mapping(IERC20 token => mapping(address account => uint256 amount)) public owed;

    mapping(uint256 program => mapping(address account => Bond)) private _bonds;
    mapping(bytes32 key => Forfeit) private _forfeits;

    /* CONSTRUCTOR */

    constructor(IPrograms programs_, address challenges_, address demands_) {
        programs = programs_;
        challenges = challenges_;
        demands = demands_;
    }

    /* VIEWS */

    /// @inheritdoc IBonds
    function bondOf(uint256 program, address account) external view returns (uint128 total, uint128 locked) {
        Bond storage bond = _bonds[program][account];
        return (bond.total, bond.locked);
    }

    /// @inheritdoc IBonds
    function forfeitOf(bytes32 key) external view returns (Forfeit memory) {
        return _forfeits[key];
    }

    /* BONDS */

    /// @inheritdoc IBonds
    function deposit(uint256 program, uint256 amount) external nonReentrant {
        _deposit(program, amount);
    }

    /// @inheritdoc IBonds
    function depositWithPermit(uint256 program, uint256 amount, Permit calldata permit) external nonReentrant {
        _tokenOf(program).use(msg.sender, amount, permit);
        _deposit(program, amount);
    }

    /// @inheritdoc IBonds
    function withdraw(uint256 program, uint256 amount, address to) external nonReentrant {
        Bond storage bond = _bonds[program][msg.sender];
        _requireFree(bond, amount);

        bond.total -= uint128(amount);
        _tokenOf(program).safeTransfer(to, amount);

        emit Withdrawn(program, msg.sender, to, amount);
    }

    /// @inheritdoc IBonds
    function lock(uint256 program, address account, uint128 amount) external {
        _requirePrograms();
        Bond storage bond = _bonds[program][account];
        _requireFree(bond, amount);

        bond.locked += amount;
    }

    /// @inheritdoc IBonds
    function unlock(uint256 program, address account, uint128 amount) external {
        _requirePrograms();

        _bonds[program][account].locked -= amount;
    }

    function _deposit(uint256 program, uint256 amount) private {
        Bond storage bond = _bonds[program][msg.sender];
        IERC20 token = _tokenOf(program);
        uint256 room = type(uint128).max - bond.total;
        if (amount > room) revert BondTooLarge(amount, room);

        bond.total += uint128(amount);
        token.pull(msg.sender, amount);

        emit Deposited(program, msg.sender, amount);
    }

    function _requireFree(Bond storage bond, uint256 needed) private view {
        uint256 free = bond.total - bond.locked;
        if (free < needed) revert FreeBondTooSmall(free, needed);
    }

    /* FORFEITS */

    /// @inheritdoc IBonds
    function forfeit(Loss calldata loss) external returns (bytes32 key) {
        _requirePrograms();

        key = Rounds.key(loss.program, loss.round, loss.epoch);
        bool silent = loss.fault == Fault.Silent;
        uint128 pool = _poolOf(loss.fault, loss.amount);
        uint128 bounty = silent ? 0 : loss.amount / 4;
        uint128 burned = silent ? (loss.seen ? loss.amount / 4 : 0) : loss.amount - pool - bounty;
        Bond storage bond = _bonds[loss.program][loss.aggregator];
        bond.locked -= loss.amount;
        bond.total -= pool + bounty + burned;
        _keep(key, loss, silent);

        emit Forfeited(
            key,
            loss.program,
            loss.aggregator,
            loss.round,
            loss.epoch,
            loss.fault,
            loss.amount,
            pool,
            bounty,
            burned
        );
    }

    /// @inheritdoc IBonds
    function award(bytes32 key, address challenger, uint64 committed) external {
        if (msg.sender != challenges && msg.sender != demands) revert OnlyJudges(msg.sender);
        Forfeit storage lost = _forfeits[key];
        if (lost.fault != Fault.False) revert NoSuchForfeit(key, Fault.False);
        _requireNotOver(lost);
        if (lost.challenger != address(0) && lost.committed <= committed) return;

        lost.challenger = challenger;
        lost.committed = uint40(committed);

        emit Awarded(key, challenger, committed);
    }

    /// @inheritdoc IBonds
    function creditDraw(uint256 program, bytes32 key, uint32 places, address account) external {
        if (msg.sender != challenges) revert OnlyJudges(msg.sender);
        Forfeit storage lost = _requireForfeit(key);
        _requireNotOver(lost);
        if (hasDrawn[key][account]) revert AlreadyDrawn(key, account);
        // One part for each seat: whoever comes first, there is enough for all.
        if (lost.drawn >= places) revert NothingLeft(key, lost.drawn, places);
        (IERC20 token, uint128 bond,) = programs.stakes(program);
        uint128 part = _poolOf(lost.fault, bond) / places;

        hasDrawn[key][account] = true;
        lost.drawn++;
        owed[token][account] += part;

        emit Drawn(key, account, part);
    }

    /// @inheritdoc IBonds
    function settle(uint256 program, uint64 round, uint64 epoch) external {
        bytes32 key = Rounds.key(program, round, epoch);
        Forfeit storage lost = _requireForfeit(key);
        if (block.timestamp <= lost.until) revert TooEarly(lost.until + 1);
        (IERC20 token, uint128 bond,) = programs.stakes(program);
        bool silent = lost.fault == Fault.Silent;
        uint128 bounty = silent || lost.challenger == address(0) ? 0 : bond / 4;
        uint128 returned = silent ? _undrawn(lost, bond) : 0;

        lost.fault = Fault.Settled;
        if (bounty != 0) owed[token][lost.challenger] += bounty;
        if (silent) _bonds[program][lost.aggregator].total += returned;

        emit Settled(key, lost.challenger, bounty, returned);
    }

    /// @inheritdoc IBonds
    function take(IERC20 token, address to) external nonReentrant {
        uint256 amount = owed[token][msg.sender];
        if (amount == 0) revert NothingOwed(token, msg.sender);

        owed[token][msg.sender] = 0;
        token.safeTransfer(to, amount);

        emit Taken(token, msg.sender, to, amount);
    }

    function _keep(bytes32 key, Loss calldata loss, bool silent) private {
        Forfeit storage lost = _forfeits[key];
        lost.subject = loss.subject;
        lost.fault = loss.fault;
        lost.until = loss.until;
        if (!silent) return;
        lost.aggregator = loss.aggregator;
        lost.places = loss.places;
    }

    // Acked nodes share half of a silent bond, a quarter of a false one.
    function _poolOf(Fault fault, uint128 bond) private pure returns (uint128) {
        return fault == Fault.Silent ? bond / 2 : bond / 4;
    }

    // A round that opened with no seat taken has no parts, and nobody to draw one.
    function _undrawn(Forfeit storage lost, uint128 bond) private view returns (uint128 left) {
        left = _poolOf(lost.fault, bond);
        if (lost.drawn != 0) left -= (left / lost.places) * lost.drawn;
    }

    function _requireForfeit(bytes32 key) private view returns (Forfeit storage lost) {
        lost = _forfeits[key];
        if (lost.fault == Fault.None || lost.fault == Fault.Settled) revert NoSuchForfeit(key, lost.fault);
    }

    function _requireNotOver(Forfeit storage lost) private view {
        if (block.timestamp > lost.until) revert TooLate(lost.until);
    }

    /* LOOKING UP */

    function _tokenOf(uint256 program) private view returns (IERC20 token) {
        (token,,) = programs.saleTerms(program);
    }

    function _requirePrograms() private view {
        if (msg.sender != address(programs)) revert OnlyPrograms(msg.sender);
    }
}
