namespace Faultbox.Core.Diagnostics;

/// <summary>The one table of diagnostic codes: level and remedy of each.</summary>
public static class DiagnosticCodes
{
    /// <summary>Level of a code.</summary>
    public static DiagnosticLevel LevelOf(string code) => Find(code).Level;

    /// <summary>What the reader should do about a code.</summary>
    public static string SuggestionFor(string code) => Find(code).Suggestion;

    /// <summary>Every code, ordinal order.</summary>
    public static IEnumerable<string> All => Table.Keys.Order(StringComparer.Ordinal);

    private static Entry Find(string code) =>
        Table.TryGetValue(code, out var entry) ? entry : throw new ArgumentException($"unregistered diagnostic code {code}", nameof(code));

    private static readonly Dictionary<string, Entry> Table = new(StringComparer.Ordinal)
    {
        ["ADDRESS_AMBIGUOUS"] = new(DiagnosticLevel.Warning, "Use proxy_addr of the interface that is meant."),
        ["ADDRESS_NOT_REWRITTEN"] = new(DiagnosticLevel.Warning, "Use proxy_addr: the address as written bypasses the faults of that interface."),
        ["ADDRESS_SPLIT"] = new(DiagnosticLevel.Warning, "Use host and port, or proxy_host and proxy_port: cut pieces of an address cannot be recognized any more."),
        ["ADDRESS_UNREACHABLE"] = new(DiagnosticLevel.Error, "Check the address, the bind address and the firewall; declare foreign endpoints with remote=."),
        ["ADDR_IN_CONTAINER_ENV"] = new(DiagnosticLevel.Warning, "Use internal_addr, or proxy_addr for a link that is to be faulted: localhost in a container is the container itself."),
        ["ASSERTION_MISMATCH"] = new(DiagnosticLevel.Error, "Compare what the system answered with what the assertion expects; the recent calls are in the JSON under assertion.context."),
        ["BUILTIN_SHADOWED"] = new(DiagnosticLevel.Info, "Rename it if the builtin was not meant to be hidden in this module."),
        ["BUNDLE_PARTIAL"] = new(DiagnosticLevel.Warning, "The run was cut short; what is missing and why is in the message."),
        ["BUNDLE_WRITE_FAILED"] = new(DiagnosticLevel.Warning, "Check path, permission and free space of the bundle directory, or name another one with --bundle."),
        ["DOCKER_UNAVAILABLE"] = new(DiagnosticLevel.Error, "Start the Docker daemon, set DOCKER_HOST, or join the group that may use its socket."),
        ["DUPLICATE_ASSUMPTION"] = new(DiagnosticLevel.Warning, "Rename one of the two assumptions."),
        ["DUPLICATE_TEST_NAME"] = new(DiagnosticLevel.Warning, "Rename one of the two; only the first is run."),
        ["ENV_DRIFT"] = new(DiagnosticLevel.Warning, "Check whether the differences matter; accept them with faultbox lock or with a green run."),
        ["ENV_NAME_COLLISION"] = new(DiagnosticLevel.Warning, "Rename one of the services, or read the variable by its exact spelling."),
        ["EXPECTATION_RETURNED_FALSE"] = new(DiagnosticLevel.Warning, "Only raising fails an expectation: write lambda r: assert_true(<that condition>)."),
        ["FACT_WIDENED"] = new(DiagnosticLevel.Info, "Name the service or call directly to intercept fewer calls."),
        ["FAULT_FIRED_BUT_SUCCESS"] = new(DiagnosticLevel.Warning, "Check how the service handles an error of that call, and assert the degraded response."),
        ["FAULT_NOT_FILTERABLE"] = new(DiagnosticLevel.Error, "Name the call in a fault() of the specification, as the message shows, so that it is intercepted from the start."),
        ["FAULT_NOT_FIRED"] = new(DiagnosticLevel.Warning, "Make the change the message names; otherwise try another call of the same kind, another path, or run with --debug."),
        ["GATEWAY_BYPASSED"] = new(DiagnosticLevel.Warning, "Change the env entry that the message names, or capture everything with determinism(capture=\"all\")."),
        ["HANG_NOT_OBSERVED"] = new(DiagnosticLevel.Warning, "Give the scenario timeout=, so that a hang ends at a deadline that can be observed."),
        ["HEALTHCHECK_TIMEOUT"] = new(DiagnosticLevel.Error, "The service never became ready: read the last cause and its last output lines; prefer ready() to tcp()."),
        ["IMAGE_PULL_FAILED"] = new(DiagnosticLevel.Error, "Build the image first, log in to its registry, or correct its name."),
        ["INTERNAL_ADDR_IN_BINARY_ENV"] = new(DiagnosticLevel.Warning, "Use proxy_addr, or proxy_host and proxy_port: a container's name resolves nowhere on this host."),
        ["JWT_EXPIRED"] = new(DiagnosticLevel.Warning, "Correct the exp claim: it lay in the past when the token was used."),
        ["JWT_ISSUED_IN_FUTURE"] = new(DiagnosticLevel.Warning, "Correct the iat claim: it lay in the future when the token was used."),
        ["JWT_JWKS_NOT_FETCHED"] = new(DiagnosticLevel.Warning, "Point the service at the issuer or JWKS address that the message lists."),
        ["LAUNCH_FAILED"] = new(DiagnosticLevel.Error, "Check the program named in the message: its path, its permissions, and the step and error the kernel reported; where the hand-off failed, seccomp = False starts the service without interception."),
        ["LEAF_PIN_UNUSED"] = new(DiagnosticLevel.Warning, "The specification has changed since this leaf was named: run the test without --leaf to see the leaves it has."),
        ["LOAD_PATH_AMBIGUOUS"] = new(DiagnosticLevel.Warning, "Write the path of the file that is meant; the one beside the root specification was used."),
        ["LOCK_DRIFT"] = new(DiagnosticLevel.Warning, "Review the difference, then accept it with faultbox lock --update."),
        ["LOCK_MISSING"] = new(DiagnosticLevel.Error, "Write the lock file with faultbox lock and commit it, or leave the strict mode."),
        ["LOW_DISK"] = new(DiagnosticLevel.Warning, "Free disk space or inodes where the message says."),
        ["LOW_MEMORY"] = new(DiagnosticLevel.Warning, "Free memory, or run fewer services at once."),
        ["MATRIX_KEY_UNUSED"] = new(DiagnosticLevel.Warning, "Correct the pair: it names a scenario or fault outside the matrix."),
        ["MATRIX_ROW_RENAMED"] = new(DiagnosticLevel.Warning, "Use named functions, so that every row of the matrix has a name of its own."),
        ["MULTIPLE_FAULTS_INTERACTION"] = new(DiagnosticLevel.Info, "Several faults fired: run the test with each of them alone to see which one matters."),
        ["NAME_NOT_DNS"] = new(DiagnosticLevel.Warning, "Use letters, digits and hyphens: other containers reach the service by this name."),
        ["NO_HEALTHCHECK"] = new(DiagnosticLevel.Info, "Add healthcheck = ready(), so that tests start when the service answers."),
        ["NO_POSITIVE_CONTROL"] = new(DiagnosticLevel.Warning, "Add a test without faults that asserts a success on this interface, so that a failure elsewhere proves something."),
        ["NO_PROXY_FOR_PROTOCOL"] = new(DiagnosticLevel.Info, "Use addr or internal_addr: this interface has no proxy."),
        ["NO_TESTS_DISCOVERED"] = new(DiagnosticLevel.Warning, "Define a function whose name starts with test_ in the root file."),
        ["PARALLEL_UNAVAILABLE"] = new(DiagnosticLevel.Warning, "Make the change of privilege, setting or specification that the message names; until then one job is used."),
        ["PLACEHOLDER_SPLIT"] = new(DiagnosticLevel.Error, "Use proxy_host and proxy_port: the address is not known while the specification loads and cannot be cut."),
        ["PLAN_COST_EXCEEDED"] = new(DiagnosticLevel.Error, "Narrow the axes, or raise the limit with --max-instances."),
        ["PLAN_LIMIT_EXCEEDED"] = new(DiagnosticLevel.Error, "Shrink the axis that the message names, or raise the limit with --max-leaves."),
        ["PLAN_MISMATCH"] = new(DiagnosticLevel.Warning, "The plan claimed to be exact and was not: please report this defect together with the bundle."),
        ["PORT_CONFLICT"] = new(DiagnosticLevel.Warning, "Change one of the two ports."),
        ["PORT_IN_USE"] = new(DiagnosticLevel.Error, "Stop the process that the message names, or change the port."),
        ["PREDICATE_RAISED"] = new(DiagnosticLevel.Warning, "Read the first traceback in the message; read fields that may be absent with .get()."),
        ["PRIVILEGE_MISSING"] = new(DiagnosticLevel.Error, "Run with the capability or device that the message names."),
        ["PROBABILITY_ZERO"] = new(DiagnosticLevel.Warning, "Remove the rule or raise its probability: as written it never fires."),
        ["PROPERTY_NOT_ATTACHED"] = new(DiagnosticLevel.Warning, "Pass the property to test() as expect=, or create it in the body: as written nothing evaluates it."),
        ["RECOVERY_WITHOUT_LOAD"] = new(DiagnosticLevel.Warning, "Add traffic(...) to the window: recovery without load proves little."),
        ["REMOTE_UNREACHABLE"] = new(DiagnosticLevel.Error, "Check that the remote endpoint is up, that its name resolves here, and that the network lets this host reach it."),
        ["REPLAY_VERSION_REFUSED"] = new(DiagnosticLevel.Error, "Install the version that the message names, or take the files out with --extract-only."),
        ["REUSE_WITHOUT_RESET"] = new(DiagnosticLevel.Warning, "Give the service a reset= callable: its state survives from test to test."),
        ["RUN_INTERRUPTED"] = new(DiagnosticLevel.Warning, "Run the tests that the message lists again."),
        ["SANDBOX_NAMED_FUNCTION"] = new(DiagnosticLevel.Warning, "Return a bool from the function instead of asserting in it or reading events."),
        ["SEED_STEP_FAILED"] = new(DiagnosticLevel.Warning, "Assert on .ok in the seed or reset callable, so that a failed preparation fails the test."),
        ["SERVICE_CRASHED"] = new(DiagnosticLevel.Error, "The service ended by itself: look for an unhandled error or panic in its last output lines."),
        ["SERVICE_REDECLARED"] = new(DiagnosticLevel.Warning, "Rename one of the two services; the later one is used."),
        ["SLOW_PREDICATE"] = new(DiagnosticLevel.Warning, "Put matcher keywords in front of where=, so that fewer packets reach the predicate."),
        ["SPEC_FORBIDDEN_LAMBDA"] = new(DiagnosticLevel.Error, "Move the action into the test body: a callback that only observes must not change the system."),
        ["SPEC_LOAD_FAILED"] = new(DiagnosticLevel.Error, "The specification parsed but failed while loading: correct the keyword or value at the position shown."),
        ["SPEC_NONDETERMINISTIC_LOAD"] = new(DiagnosticLevel.Error, "Remove what differs from load to load: the same files must always declare the same things."),
        ["SPEC_RECIPE_NOT_FOUND"] = new(DiagnosticLevel.Error, "List the modules that exist with faultbox recipes list, and correct the name."),
        ["SPEC_SYNTAX"] = new(DiagnosticLevel.Error, "Correct the construct at the position shown; nothing of the file was executed."),
        ["SUPERVISOR_EXITED"] = new(DiagnosticLevel.Error, "The supervision of a service ended, so this verdict means nothing: report the cause shown, and run the test again."),
        ["TCP_READY_TOO_EARLY"] = new(DiagnosticLevel.Warning, "Paste the readiness check that the message shows: an open port does not mean that the application answers."),
        ["TEST_NO_ASSERTIONS"] = new(DiagnosticLevel.Warning, "Add an assertion or an expectation, or say in the docstring that the test only exercises the system."),
        ["TIMEOUT_DURING_FAULT"] = new(DiagnosticLevel.Error, "A fault was acting when time ran out: look for a retry loop without end, a missing deadline or a deadlock in that service."),
        ["TIMEOUT_NO_FAULTS"] = new(DiagnosticLevel.Error, "No fault was involved: check that the services start, that their programs are right and that readiness is checked."),
        ["TIMEOUT_NO_FAULT_FIRED"] = new(DiagnosticLevel.Error, "Faults were declared but none fired: check start-up and readiness first, then what the fault is aimed at."),
        ["TLS_INSECURE"] = new(DiagnosticLevel.Warning, "Name the authorities of the service with ca=: as written nobody notices that another one answers in its place."),
        ["UNKNOWN_PROTOCOL"] = new(DiagnosticLevel.Warning, "Correct the protocol name; traffic of an unknown one is relayed as plain tcp."),
        ["UNMEDIATED_32_BIT"] = new(DiagnosticLevel.Warning, "Use a build for this machine's own architecture: 32-bit calls run, but pass by every system-call rule."),
        ["UNMEDIATED_IO_URING"] = new(DiagnosticLevel.Warning, "Remove io_uring=True: ring operations pass by every system-call rule."),
        ["UNMEDIATED_MMAP"] = new(DiagnosticLevel.Warning, "Make the service write with system calls, or fault its fsync or msync: memory it shares with a file passes by every rule."),
        ["UPSTREAM_NOT_REACHED"] = new(DiagnosticLevel.Warning, "Correct the endpoint or the tls_cert() of the interface: what the client met is only that its proxy ended the connection."),
        ["VACUOUS_PROPERTY"] = new(DiagnosticLevel.Warning, "Make the event that opens the property's interval happen, or correct the pattern that waits for it."),
        ["WORKER_CRASHED"] = new(DiagnosticLevel.Error, "Read the last lines of the worker in the message and run again with --jobs 1."),
    };

    private readonly record struct Entry(DiagnosticLevel Level, string Suggestion);
}
