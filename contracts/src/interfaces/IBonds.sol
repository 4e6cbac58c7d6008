// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPrograms} from "./IPrograms.sol";
import {Permit} from "../libraries/Tokens.sol";

/// @notice Why a bond was forfeited.
enum Fault {
    None,
    Silent,
    False,
    Settled
}

/// @notice An epoch that ended badly, as Programs reports it.
/// @param amount The bond that was behind it.
/// @param seen Whether it was given up although its seed could be seen.
/// @param places How many seats it asked.
/// @param until When draws and challenges end.
/// @param subject The hash of its proposal if it was false, else of its close, or of its opening if it never closed.
struct Loss {
    uint256 program;
    uint64 round;
    uint64 epoch;
    Fault fault;
    bool seen;
    address aggregator;
    uint128 amount;
    uint32 places;
    uint40 until;
    bytes32 subject;
}

/// @notice What became of the bond behind an epoch: as little as can be kept, since a verdict pays for it.
/// @param subject What ended: of a false epoch its proposal's hash, of a silent one its close's, or its opening's if it
/// never closed.
/// @param challenger Who gets the bounty as things stand, or zero.
/// @param committed When that challenger committed to it.
/// @param until When draws and challenges end, and settling begins: one window after the epoch ended.
/// @param fault Silent: nothing was proposed in time, or a round below it was false. False: the proposal was shown to be
/// wrong. Settled: nothing of it is left.
/// @param aggregator Whose bond gets back what nobody draws; zero of a false epoch.
/// @param places How many seats a silent epoch asked.
/// @param drawn How many nodes have drawn.
struct Forfeit {
    bytes32 subject;
    address challenger;
    uint40 committed;
    uint40 until;
    Fault fault;
    address aggregator;
    uint32 places;
    uint32 drawn;
}

/// @title IBonds
/// @notice Aggregators' bonds, and what becomes of them when a round ends badly.
/// @dev A forfeit's key is keccak256(abi.encode(program, round, epoch)), `Rounds.key`.
interface IBonds {
    /// @notice Emitted when an account raises its bond in a program.
    event Deposited(uint256 indexed program, address indexed account, uint256 amount);

    /// @notice Emitted when an account lowers its bond.
    event Withdrawn(uint256 indexed program, address indexed account, address indexed to, uint256 amount);

    /// @notice Emitted when an epoch ended badly; `burned` is owed to nobody from here on.
    event Forfeited(
        bytes32 indexed key,
        uint256 indexed program,
        address indexed aggregator,
        uint64 round,
        uint64 epoch,
        Fault fault,
        uint256 amount,
        uint256 pool,
        uint256 bounty,
        uint256 burned
    );

    /// @notice Emitted when a challenger committed earlier than any other so far.
    event Awarded(bytes32 indexed key, address indexed challenger, uint64 committed);

    /// @notice Emitted when an acked node is credited with its part.
    event Drawn(bytes32 indexed key, address indexed account, uint256 amount);

    /// @notice Emitted when what was left of a forfeit has gone to its challenger, back to the bond, or to nobody.
    event Settled(bytes32 indexed key, address indexed challenger, uint256 bounty, uint256 returned);

    /// @notice Emitted when an account takes what it is owed.
    event Taken(IERC20 indexed token, address indexed account, address indexed to, uint256 amount);

    /// @notice Thrown when anyone but the Programs contract moves a lock.
    error OnlyPrograms(address caller);

    /// @notice Thrown when anyone but the judges speaks of proofs.
    error OnlyJudges(address caller);

    /// @notice Thrown when a bond would be larger than can be counted.
    error BondTooLarge(uint256 amount, uint256 room);

    /// @notice Thrown when the free part of a bond is too small.
    error FreeBondTooSmall(uint256 free, uint256 needed);

    /// @notice Thrown when an epoch did not end in the way that a call is about.
    error NoSuchForfeit(bytes32 key, Fault fault);

    /// @notice Thrown when something is asked before its time.
    error TooEarly(uint64 earliest);

    /// @notice Thrown when the time for something is over.
    error TooLate(uint64 deadline);

    /// @notice Thrown when an account draws twice.
    error AlreadyDrawn(bytes32 key, address account);

    /// @notice Thrown when others have drawn all there was.
    error NothingLeft(bytes32 key, uint32 drawn, uint32 places);

    /// @notice Thrown when an account is owed nothing.
    error NothingOwed(IERC20 token, address account);

    /// @notice The contract whose rounds the bonds stand behind.
    function programs() external view returns (IPrograms);

    /// @notice The contract that hears proofs.
    function challenges() external view returns (address);

    /// @notice The contract that hears demands.
    function demands() external view returns (address);

    /// @notice An account's bond in a program, and the part of it that is locked.
    function bondOf(uint256 program, address account) external view returns (uint128 total, uint128 locked);

    /// @notice What became of an epoch's bond; all zero where nothing did.
    function forfeitOf(bytes32 key) external view returns (Forfeit memory);

    /// @notice Whether an account was credited with its part of a forfeit.
    function hasDrawn(bytes32 key, address account) external view returns (bool);

    /// @notice What an account may take of a token.
    function owed(IERC20 token, address account) external view returns (uint256);

    /// @notice Raises the caller's bond in a program, in the program's token.
    function deposit(uint256 program, uint256 amount) external;

    /// @notice Raises the caller's bond, its approval coming along.
    function depositWithPermit(uint256 program, uint256 amount, Permit calldata permit) external;

    /// @notice Pays a free part of the caller's bond to an address it names.
    function withdraw(uint256 program, uint256 amount, address to) external;

    /// @notice Puts a part of a bond behind a round; Programs alone, whose events about rounds say so.
    function lock(uint256 program, address account, uint128 amount) external;

    /// @notice Takes a part of a bond from behind a round; Programs alone, whose events about rounds say so.
    function unlock(uint256 program, address account, uint128 amount) external;

    /// @notice Divides the bond behind an epoch that ended badly; Programs alone. Of a false one a quarter is the
    /// bounty, a quarter the acked nodes', and the rest burned. Of a silent one half is the acked nodes', another
    /// quarter burned if its seed could be seen, and the rest free again.
    function forfeit(Loss calldata loss) external returns (bytes32 key);

    /// @notice Notes whoever showed the lie and committed to that at `committed`, if nobody was earlier; judges alone, who
    /// have seen that it was before the bond was forfeited.
    function award(bytes32 key, address challenger, uint64 committed) external;

    /// @notice Credits an acked node with its part, once; Challenges alone, which has seen its ack, and how many seats the
    /// epoch asked.
    function creditDraw(uint256 program, bytes32 key, uint32 places, address account) external;

    /// @notice Ends a forfeit after its time: the bounty goes to the earliest challenger, or to nobody if none had
    /// committed; what was left to draw goes back to the bond of a silent aggregator, and to nobody if it was false.
    function settle(uint256 program, uint64 round, uint64 epoch) external;

    /// @notice Pays all that the caller is owed of a token to an address it names.
    function take(IERC20 token, address to) external;
}
