using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Matching;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>
/// Explains why a rule matched nothing in its window, from what the log shows: the findings that hold, strongest first, each with its
/// numbers and the change to make.
/// </summary>
internal sealed class ZeroTraffic
{
    private const int MostCalls = 5;
    private const int MostCallers = 3;

    // What the C library reads from memory that the kernel shares with every process (vdso(7)).
    private static readonly string[] SharedClockCalls = ["clock_gettime", "gettimeofday", "time", "clock_getres"];
    private static readonly string[] WritingCalls = ["write", "writev", "sendto", "sendmsg", "sendmmsg", "pwrite64"];
    private static readonly string[] ReadingCalls = ["read", "readv", "recvfrom", "recvmsg", "recvmmsg", "pread64"];
    private static readonly string[] SocketCalls = [.. SyscallFamilies.Expand("sendto"), .. SyscallFamilies.Expand("recvfrom")];

    private readonly FaultEngineOptions _options;
    private readonly ActiveRule _rule;
    private readonly long _unresolvedPaths;
    private readonly IReadOnlyList<string> _passersBy;
    private readonly TimeSpan _duration;
    private readonly int _earlier;
    private readonly int _earlierOnPath;
    private readonly int _rings;
    private readonly bool _seesSockets;
    private readonly List<Call> _within = [];
    private readonly List<TraceEvent> _steps = [];

    /// <summary>Reads the log once.</summary>
    /// <param name="options">The service and its surroundings.</param>
    /// <param name="window">The closed window.</param>
    /// <param name="rule">The rule that matched nothing.</param>
    /// <param name="unresolvedPaths">Paths of the service that could not be read while the window was open.</param>
    /// <param name="passersBy">Processes of the service that made calls which pass by every rule while the window was open.</param>
    public ZeroTraffic(FaultEngineOptions options, RuleWindow window, ActiveRule rule, long unresolvedPaths, IReadOnlyList<string> passersBy)
    {
        (_options, _rule, _unresolvedPaths, _passersBy) = (options, rule, unresolvedPaths, passersBy);
        _duration = TimeSpan.FromTicks((window.ClosedAt - window.OpenedAt) / TimeSpan.NanosecondsPerTick);
        var end = window.ClosedSequence > 0 ? window.ClosedSequence - 1 : options.Log.Count;
        for (var index = 0; index < end; index++)
        {
            if (options.Log.TryGetSyscall(index, out var service, out var record))
            {
                // A held call has a second record for its release.
                if (service != options.Service || record.Decision.Kind is DecisionKind.AllowReleased or DecisionKind.DenyReleased)
                {
                    continue;
                }

                var call = new Call(record, SyscallTable.NameOf(record.Number));
                _seesSockets |= IsTraffic(call);
                _rings += call.Name == "io_uring_setup" && record.Decision.Kind != DecisionKind.Deny ? 1 : 0;
                if (index >= window.OpenedSequence)
                {
                    _within.Add(call);
                }
                else if (Members.Contains(call.Name) && record.Decision.Kind != DecisionKind.Deny)
                {
                    _earlier++;
                    _earlierOnPath += CoversPath(call) ? 1 : 0;
                }
            }
            else if (index >= window.OpenedSequence && options.Log[index] is { Type: "step_send" } step)
            {
                _steps.Add(step);
            }
        }
    }

    private readonly record struct Call(SyscallRecord Record, string Name);

    /// <summary>The findings, joined.</summary>
    public string Explain()
    {
        if ((OtherCallers() ?? PassersBy() ?? SharedClock() ?? Overruled() ?? Held()) is { } certain)
        {
            return certain;
        }

        string?[] findings = [Rings(), Reused(), Sibling(), Earlier(), Paths(), Expired(), Restrictions(), LeftAlone(), NoTraffic()];
        var held = findings.OfType<string>().ToList();
        return held.Count > 0 ? string.Join("; ", held) : Otherwise();
    }

    private bool RestrictsPath => _rule.Scope.RestrictsPath;

    private IReadOnlyList<string> Members => _rule.Rule.Syscalls;

    private IEnumerable<Call> Own => _within.Where(c => Members.Contains(c.Name));

    private IEnumerable<Call> OnPath => RestrictsPath ? Own.Where(CoversPath) : Own;

    /// <summary>The call was made as the rule wants it, by somebody it does not want.</summary>
    private string? OtherCallers()
    {
        var callers = _rule.Scope.OtherCallers.OrderByDescending(c => c.Value).ThenBy(c => c.Key.ProcessName, StringComparer.Ordinal).ToList();
        if (callers.Count == 0)
        {
            return null;
        }

        var thread = _rule.Scope.RestrictsThreadOnly;
        var names = callers.Take(MostCallers).Select(c => thread
            ? $"thread {c.Key.ThreadName} of {c.Key.ProcessName}"
            : $"{c.Key.ProcessName} ({(c.Key.IsMain ? "main" : "child")}, {c.Key.Executable})");
        return $"another {(thread ? "thread" : "process")} of the service did it: {Count(callers.Sum(c => c.Value))} by {string.Join(", ", names.Distinct())}, "
            + $"none with {RuleText.Scope(_rule.Rule.Fault.Scope!)}: widen the restriction";
    }

    /// <summary>The program reads its clock without asking the kernel.</summary>
    private string? SharedClock() => Members.All(SharedClockCalls.Contains) && !Own.Any()
        ? $"{_rule.Rule.Keyword} is answered by the vDSO: the program reads the clock from memory that the kernel shares with it and makes no call, "
            + "so no rule can act on it; fault the call that it waits in, such as clock_nanosleep, futex or epoll_wait"
        : null;

    /// <summary>A rule that is asked earlier acted on every such call.</summary>
    private string? Overruled()
    {
        var taken = Own.Where(c => c.Record.Decision.Rule is { Rule.Fault.Kind: not FaultKind.Trace } rule && rule != _rule && (!RestrictsPath || CoversPath(c))).ToList();
        return taken.Count > 0 && taken.Count == Own.Count(c => !RestrictsPath || CoversPath(c))
            ? $"{Count(taken.Count)} while the window was open, all taken by {taken[0].Record.Decision.Rule!.Rule.Keyword}="
                + $"{RuleText.Action(taken[0].Record.Decision.Rule!.Rule.Fault)} that is asked first: close that window, or narrow its rule"
            : null;
    }

    /// <summary>Gates hold calls before any rule is asked.</summary>
    private string? Held()
    {
        var made = OnPath.ToList();
        return made.Count > 0 && made.TrueForAll(c => c.Record.Decision.Kind == DecisionKind.Hold)
            ? $"{Count(made.Count)} while the window was open, all held by --gates, which is asked before every fault: "
                + $"leave {string.Join(", ", made.Select(c => c.Name).Distinct())} out of --gates"
            : null;
    }

    /// <summary>A 32-bit process has other call numbers, which no rule is about.</summary>
    private string? PassersBy() => _passersBy.Count > 0 && !Own.Any()
        ? $"{string.Join(", ", _passersBy.Take(MostCallers))} made 32-bit system calls, which pass by every rule: use a build for this machine's own architecture"
        : null;

    /// <summary>What the service submits to a ring is done by the kernel without a call.</summary>
    private string? Rings() => _rings > 0 && !Own.Any()
        ? $"the service set up {Total(_rings, "ring")} (io_uring), and what it submits there passes by every rule: "
            + "remove io_uring=True, so that it falls back to calls"
        : null;

    /// <summary>The same call happened earlier and what it made is still in use.</summary>
    private string? Reused()
    {
        if (_earlier == 0 || RestrictsPath || Own.Any())
        {
            return null;
        }

        return _rule.Rule.Keyword switch
        {
            "connect" or "socket" => $"{_rule.Rule.Keyword} happened {Times(_earlier)} before the window opened (connection reused): fault {TrafficFault("write or read", "sendto or recvfrom")}",
            "accept" or "accept4" => $"{_rule.Rule.Keyword} happened {Times(_earlier)} before the window opened (connection reused): fault {TrafficFault("read or write", "recvfrom or sendto")}",
            "open" or "openat" when _within.Any(IsFile) =>
                $"{_rule.Rule.Keyword} happened {Times(_earlier)} before the window opened (file kept open): fault read, write or fsync",
            _ => null,
        };
    }

    /// <summary>What moves bytes over a socket: either pair of calls does, and languages differ in which they use.</summary>
    private string TrafficFault(string streams, string messages)
    {
        var traffic = _within.Where(IsTraffic).ToList();
        var byMessages = traffic.Count(c => SocketCalls.Contains(c.Name));
        return traffic.Count == 0 ? $"{streams}, or {messages} in a program that uses those"
            : byMessages * 2 > traffic.Count ? messages
            : streams;
    }

    /// <summary>The same call happened only earlier.</summary>
    private string? Earlier() => _earlier > 0 && _within.Count > 0 && !RestrictsPath && !Own.Any() && Reused() is null
        ? $"{_rule.Rule.Keyword} happened {Times(_earlier)}, all before the window opened: open the window earlier with fault_start()"
        : null;

    /// <summary>Another call did the work, on the same kind of descriptor if it has one.</summary>
    private string? Sibling()
    {
        if (RestrictsPath)
        {
            return null;
        }

        var siblings = SyscallSiblings.Of(Members).ToList();
        var network = Members.Any(SocketCalls.Contains);
        var used = _within
            .Where(c => siblings.Contains(c.Name) && !Members.Contains(c.Name) && (!network || IsSocket(c)))
            .GroupBy(c => c.Name)
            .OrderByDescending(g => g.Count())
            .FirstOrDefault();
        var kind = network ? " on stream sockets" : "";
        return used is null ? null : $"0 {_rule.Rule.Keyword} but {used.Count()} {used.Key}{kind}: fault {FamilyOf(used.Key)}";
    }

    private string? Paths()
    {
        if (!RestrictsPath)
        {
            return null;
        }

        if (_earlierOnPath > 0)
        {
            return $"{_rule.Rule.Keyword} on \"{_rule.Scope.PathText}\" happened {Times(_earlierOnPath)}, all before the window opened: "
                + "open the window earlier with fault_start()";
        }

        if ((RelativeGlob() ?? PathOfSocket()) is { } misunderstood)
        {
            return misunderstood;
        }

        var instead = _within.Where(c => !Members.Contains(c.Name) && CoversPath(c)).GroupBy(c => c.Name).OrderByDescending(g => g.Count()).FirstOrDefault();
        if (instead is not null)
        {
            return $"0 {_rule.Rule.Keyword} but {instead.Count()} {instead.Key} on \"{_rule.Scope.PathText}\": fault {FamilyOf(instead.Key)}";
        }

        if (OnPath.Any())
        {
            return null;
        }

        var files = Own.Where(IsFile).ToList();
        if (files.Count > 0 && files.TrueForAll(IsDeleted))
        {
            return $"{Count(files.Count)}, all on files that were deleted while they were open, such as {_options.Log.Paths.Text(files[0].Record.PathId)}: "
                + "those have no path any more, leave the path out";
        }

        var seen = files.Where(c => !IsDeleted(c))
            .GroupBy(c => _options.Log.Paths.Text(c.Record.PathId), StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        if (seen.Count > 0)
        {
            var nearest = seen.Keys.OrderByDescending(p => CommonParts(p, _rule.Scope.PathText))
                .ThenBy(p => NearestName.Distance(Path.GetFileName(p), Path.GetFileName(_rule.Scope.PathText)))
                .ThenByDescending(p => seen[p]).First();
            return $"{Total(seen.Values.Sum(), "call")} with other paths, nearest {nearest}: check the glob \"{_rule.Scope.PathText}\", ** crosses directories";
        }

        if (_unresolvedPaths > 0)
        {
            return $"{Total((int)_unresolvedPaths, "path")} could not be resolved; a rule with a path never fires on those";
        }

        return Own.Any()
            ? $"{Count(Own.Count())}, all on pipes, sockets or devices such as a terminal, none on a file: \"{_rule.Scope.PathText}\" covers none of those, leave the path out"
            : null;
    }

    /// <summary>The glob is the end of a path that the call worked on, but does not begin where paths begin.</summary>
    private string? RelativeGlob()
    {
        foreach (var glob in _rule.Rule.Path is { } path ? (_rule.Rule.Fault.Scope?.Paths ?? []).Prepend(path) : _rule.Rule.Fault.Scope?.Paths ?? [])
        {
            if (glob.Length == 0 || glob[0] is '/' or '*')
            {
                continue;
            }

            var anywhere = new PathGlob("**/" + glob);
            var meant = Own.Where(c => c.Record.PathId >= 0 && anywhere.MatchesPath(_options.Log.Paths.Text(c.Record.PathId))).ToList();
            if (meant.Count > 0 && !OnPath.Any())
            {
                return $"{Count(meant.Count)} on {_options.Log.Paths.Text(meant[0].Record.PathId)}, but \"{glob}\" does not begin as a whole path does: write \"**/{glob}\"";
            }
        }

        return null;
    }

    /// <summary>The calls worked on sockets, whose descriptors have no path that a glob could mean.</summary>
    private string? PathOfSocket() => Own.Any() && Own.All(c => IsSocket(c) && c.Record.DestinationId >= 0)
        ? $"{Count(Own.Count())}, all on sockets, which have no path; they went to {string.Join(", ", Own.Select(DestinationOf).Distinct().Take(MostCallers))}: name the destination with to="
        : null;

    /// <summary>The call was made in time, on a path that the rule covers, but never within the other restrictions of the fault.</summary>
    private string? Restrictions()
    {
        var made = OnPath.ToList();
        if (made.Count == 0 || Expired() is not null || _rule.Rule.Fault.Scope is not { } scope)
        {
            return null;
        }

        var seen = scope.Destinations.Count > 0 ? Seen("went to", made.Where(c => c.Record.DestinationId >= 0).Select(DestinationOf))
            : scope.On != DescriptorKinds.Any ? Seen("worked on", made.Select(KindName))
            : scope.BytesAbove is not null || scope.BytesBelow is not null
                ? $"; sizes were {made.Min(c => c.Record.Bytes)} to {made.Max(c => c.Record.Bytes)} bytes"
            : "";
        return $"{Count(made.Count)} while the window was open, none with {RuleText.Scope(scope)}{seen}: widen the restriction";
    }

    /// <summary>The call was made as the rule wants it, but too late.</summary>
    private string? Expired()
    {
        // Whether a destination fits is not known from the record; a rule with to= names its restriction instead.
        var late = _rule.Scope.Expires && !_rule.Scope.RestrictsDestination ? OnPath.Count(MeetsSizeAndKind) : 0;
        return late > 0 ? $"{Count(late)}, all after the time of during= had passed: drive the service earlier or raise it" : null;
    }

    /// <summary>The call was made, but only where a rule without a path steps aside.</summary>
    private string? LeftAlone()
    {
        var made = Own.Count();
        return made == 0 || RestrictsPath || _rule.Scope.Expires || _rule.Rule.Fault.Scope is not null
            ? null
            : $"{Count(made)}, all on files of the operating system or on descriptors of the language runtime (eventfd, epoll), "
                + "which a rule without a path leaves alone: name them with op(path=) if they are meant";
    }

    /// <summary>The service exchanged nothing with anything it depends on.</summary>
    private string? NoTraffic()
    {
        // Without a view of the service's sockets only a window in which nobody was driven proves silence.
        var driven = _seesSockets ? _steps.Any(s => s.Field("target") == _options.Service) : _steps.Count > 0;
        if (driven || Own.Any() || _within.Any(c => c.Name == "connect" || IsTraffic(c)))
        {
            return null;
        }

        var between = _options.Dependencies.Count > 0
            ? $"between {_options.Service} and {string.Join(", ", _options.Dependencies)}"
            : $"of {_options.Service}";
        return $"no traffic {between} while the window was open ({Milliseconds()} ms): "
            + "drive the service inside run=, or span more with fault_start() and fault_stop()";
    }

    private string Otherwise()
    {
        var calls = _within.GroupBy(c => c.Name).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Take(MostCalls)
            .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} {g.Count()}"))
            .ToList();
        return calls.Count > 0
            ? $"intercepted calls while the window was open ({Milliseconds()} ms): {string.Join(", ", calls)}; "
                + "only calls that some fault or trace names are intercepted"
            : $"{_options.Service} made no intercepted call while the window was open ({Milliseconds()} ms): "
                + "it may make another call; trace() it to see which";
    }

    private bool CoversPath(Call call) => RestrictsPath && call.Record.PathId >= 0 && _rule.Scope.CoversPath(call.Record.PathId, call.Record.RawPathId);

    private bool IsTraffic(Call call) => IsSocket(call) && (WritingCalls.Contains(call.Name) || ReadingCalls.Contains(call.Name));

    private bool IsSocket(Call call) => KindOf(call).HasFlag(PathKind.Socket);

    private string DestinationOf(Call call) => _options.Log.Paths.Text(call.Record.DestinationId);

    private string KindName(Call call) => IsSocket(call) ? "socket" : KindOf(call).HasFlag(PathKind.Pipe) ? "pipe" : "file";

    private bool IsFile(Call call) => call.Record.PathId >= 0 && (KindOf(call) & (PathKind.Socket | PathKind.Pipe | PathKind.AnonInode)) == 0;

    private bool IsDeleted(Call call) => KindOf(call).HasFlag(PathKind.Deleted);

    private PathKind KindOf(Call call) => call.Record.PathId >= 0 ? _options.Log.Paths.KindOf(call.Record.PathId) : default;

    private bool MeetsSizeAndKind(Call call) =>
        _rule.Rule.Fault.Scope is not { } scope
        || ((scope.BytesAbove is null || call.Record.Bytes > scope.BytesAbove)
            && (scope.BytesBelow is null || (call.Record.Bytes >= 0 && call.Record.Bytes < scope.BytesBelow))
            && (scope.On == DescriptorKinds.Any || (scope.On & PossibleKinds(call)) != 0));

    // Whether a descriptor was standard input or output is not in the record.
    private DescriptorKinds PossibleKinds(Call call) =>
        DescriptorKinds.Stdio | (IsSocket(call) ? DescriptorKinds.Socket : KindOf(call).HasFlag(PathKind.Pipe) ? DescriptorKinds.Pipe : DescriptorKinds.File);

    private static string FamilyOf(string call) =>
        SyscallFamilies.Keywords.FirstOrDefault(f => SyscallFamilies.Expand(f).Contains(call)) ?? call;

    private static int CommonParts(string path, string glob)
    {
        var parts = path.Split('/');
        return glob.Split('/').Count(p => p.Length > 0 && parts.Contains(p)) + (Path.GetExtension(path) == Path.GetExtension(glob) ? 1 : 0);
    }

    private string Milliseconds() => ((long)_duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private string Count(int made) => string.Create(CultureInfo.InvariantCulture, $"{made} {_rule.Rule.Keyword}");

    private static string Seen(string verb, IEnumerable<string> values)
    {
        var distinct = values.GroupBy(v => v, StringComparer.Ordinal).OrderByDescending(g => g.Count()).Take(MostCalls).Select(g => g.Key).ToList();
        return distinct.Count == 0 ? "" : $"; they {verb} {string.Join(", ", distinct)}";
    }

    private static string Times(int count) => count == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{count} times");

    private static string Total(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
