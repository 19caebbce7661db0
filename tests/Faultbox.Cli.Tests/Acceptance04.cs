using Faultbox.Cli.Tests.Acceptance;
using Faultbox.Cli.Tests.Interrupts;
using Faultbox.Cli.Tests.Playbook;

namespace Faultbox.Cli.Tests;

/// <summary>
/// Where the acceptance checks of system-call faults are shown, whole or in the part that is named. Tests of other projects are given as
/// <c>Project: Class.Method</c>.
/// <list type="table">
/// <item><term>1</term><description><see cref="SystemCallFaultTests.A_write_fault_covers_the_whole_family_and_ends_with_its_window"/></description></item>
/// <item><term>2</term><description>the opens of a glibc and of a musl program: <see cref="SystemCallFaultTests.An_open_fault_fails_the_programs_files_but_not_its_startup"/>; the fault in force from the first instruction: <see cref="SystemCallFaultTests.A_program_starts_while_its_opens_fail"/></description></item>
/// <item><term>3</term><description><see cref="SystemCallFaultTests.A_path_glob_sees_relative_and_deep_paths_and_nothing_else"/></description></item>
/// <item><term>4</term><description><see cref="SystemCallFaultTests.The_first_file_a_program_opens_is_intercepted"/></description></item>
/// <item><term>5</term><description><see cref="SystemCallFaultTests.Windows_nest_and_assumptions_add_up"/></description></item>
/// <item><term>6</term><description>the selectors: <see cref="SystemCallFaultTests.Triggers_choose_matches_by_their_number"/>; the timer of 1 kHz: <see cref="SystemCallFaultTests.A_call_that_a_timer_interrupts_is_counted_once"/>, and without killable waits, where the kernel does repeat the call, <c>Faultbox.Linux.Tests: InterceptionTests</c> and <c>Faultbox.Core.Tests: FaultEngineTests</c></description></item>
/// <item><term>7</term><description><see cref="SystemCallFaultTests.One_percent_is_one_percent_and_a_seed_repeats_itself"/>, <see cref="SystemCallFaultTests.A_seed_chooses_the_same_matches_for_one_thread_and_for_eight"/>, <see cref="SystemCallFaultTests.A_bad_keyword_of_a_fault_names_what_is_wrong"/>, <see cref="SystemCallFaultTests.An_unknown_errno_and_an_unknown_call_are_refused_with_what_is_known"/></description></item>
/// <item><term>8</term><description><see cref="LeafTests.Enumerated_occurrences_of_a_family_are_counted_together_and_every_vector_is_run"/></description></item>
/// <item><term>9</term><description><see cref="LearnedFilterTests.Keywords_built_by_helpers_and_lists_of_services_need_no_second_run"/>, <see cref="LearnedFilterTests.A_call_that_cannot_be_foreseen_runs_the_test_again_once_and_is_remembered"/></description></item>
/// <item><term>10</term><description><see cref="Entry01FaultThatDidNotFireTests.A_reused_connection_is_recognized_and_faulting_write_helps"/>, <see cref="Entry01FaultThatDidNotFireTests.A_rule_that_fires_on_one_call_of_its_family_is_not_idle"/>; the row of a matrix: <see cref="MatrixTests.A_family_is_one_rule_and_bypassed_only_when_none_of_its_calls_is_made"/>; one that matched and was not due is not idle: <see cref="FaultReportTests.Windows_in_which_nothing_fired_are_warned_about_once_and_say_no_hits"/></description></item>
/// <item><term>11</term><description><c>Faultbox.Containers.Tests: InterceptionTests.A_fault_fires_in_the_child_of_an_entry_point_script_without_libraries_or_privileges</c>, <c>.A_fault_fires_in_a_java_virtual_machine</c>, <c>.The_calls_of_the_launcher_itself_may_be_intercepted</c>; <c>LaunchFailureTests.A_socket_that_cannot_be_reached_is_told_at_once</c>; a launcher that never comes is given up after 15 s: <c>Faultbox.Linux.Tests: ContainerHandOffTests</c></description></item>
/// <item><term>12</term><description><c>Faultbox.Runtime.Tests: DyingThreadsTests</c>; what is reported of dropped notifications: <see cref="ProcessControlTests.A_call_whose_process_dies_while_it_waits_counts_for_no_rule_and_is_told"/></description></item>
/// <item><term>13</term><description>processes and control groups, most of the time within a second; the test waits longer for a busy machine: <see cref="SuddenDeathTests.Nothing_is_left_of_a_run_that_is_killed_at_any_moment"/></description></item>
/// <item><term>14</term><description><see cref="GateTests.Two_threads_with_three_gated_calls_each_are_run_in_all_twenty_orders"/>, <see cref="GateTests.A_lost_update_that_plain_runs_miss_is_found_and_replays"/>, <see cref="GateTests.Two_services_gated_at_once_leave_no_call_held"/></description></item>
/// <item><term>15</term><description><c>Faultbox.Core.Tests: HoldQueueTests</c>, calls of a real program released with errno 5 and closed: <c>Faultbox.Runtime.Tests: HeldCallsTests</c>, <c>Faultbox.Core.Tests: PermutationTests.Numbers_beyond_the_last_start_again</c></description></item>
/// <item><term>19</term><description>both families: <see cref="ScopeTests.A_refused_destination_leaves_other_connections_alone"/>; a container's name: <c>Faultbox.Containers.Tests: InterceptionTests.A_destination_named_by_a_container_is_recognized_however_it_is_reached</c></description></item>
/// <item><term>21</term><description><see cref="DeterminismTests.Each_category_is_reported_once_and_declared_ports_are_silent"/>, <see cref="DeterminismTests.One_that_is_not_tolerated_fails_the_test_and_says_where_to_tolerate_it"/>, <see cref="DeterminismTests.A_connection_to_a_proxy_is_silent"/>; denied calls, unix sockets and addresses that cannot be read: <c>Faultbox.Core.Tests: UnmediatedIoTests</c></description></item>
/// <item><term>22</term><description>what is allocated: <c>Faultbox.Runtime.Tests: AllocationTests.A_million_intercepted_writes_allocate_nothing_on_the_receive_thread</c>; what it costs: <c>bench/Syscalls</c></description></item>
/// <item><term>23</term><description>numbers: <c>Faultbox.Linux.Tests: SyscallTableTests</c>; the launcher's code: <c>InterpreterListingTests</c>, and run in an emulator: <c>EmulatedInterpreterTests</c>. An emulator of programs has no filters, so checks 1, 4 and 11 run on the machine's own architecture only</description></item>
/// </list>
/// </summary>
internal static class Acceptance04;
