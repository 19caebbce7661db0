using System.Collections.Concurrent;
using Faultbox.Core.Matching;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>Where a call stands with respect to a rule.</summary>
internal enum ScopeVerdict
{
    /// <summary>A restriction does not hold.</summary>
    Outside,

    /// <summary>An unscoped rule and a path of the operating system: the rule steps aside.</summary>
    SystemPath,

    /// <summary>Every restriction holds.</summary>
    Inside,
}

/// <summary>The compiled restrictions of one rule.</summary>
internal sealed class RuleScope
{
    private const int MostOtherCallers = 64;

    private readonly PathScope[] _paths;
    private readonly DescriptorKinds _on;
    private readonly DestinationScope? _destinations;
    private readonly ICallerDirectory? _callers;
    private readonly PathGlob? _process;
    private readonly PathGlob? _thread;
    private readonly PathGlob? _executable;
    private readonly bool? _main;
    private readonly long _bytesAbove;
    private readonly long _bytesBelow;
    private readonly long _expiresAt;
    private readonly ConcurrentDictionary<Caller, int> _otherCallers = new();

    /// <summary>Compiles the restrictions of a rule.</summary>
    /// <param name="rule">The declaration.</param>
    /// <param name="options">Surroundings of the service.</param>
    /// <exception cref="FaultRejectedException">A destination is unknown, or callers cannot be told apart.</exception>
    public RuleScope(FaultRule rule, FaultEngineOptions options)
    {
        var scope = rule.Fault.Scope ?? new FaultScope();
        _paths = [.. CompilePaths(rule.Path is { } path ? [path] : [], options), .. CompilePaths(scope.Paths, options)];
        _on = scope.On;
        _destinations = scope.Destinations.Count == 0 ? null : new DestinationScope(scope.Destinations, rule.Keyword, options);
        _process = Compile(scope.Process);
        _thread = Compile(scope.Thread);
        _executable = Compile(scope.Executable);
        _main = scope.Role switch { "main" => true, "child" => false, _ => null };
        _bytesAbove = scope.BytesAbove ?? -1;
        _bytesBelow = scope.BytesBelow ?? long.MaxValue;
        _expiresAt = rule.Fault.During is { } during ? ExpiryTimestamp(options.Time, during) : long.MaxValue;
        if (RestrictsCaller)
        {
            _callers = options.Callers ?? throw new FaultRejectedException(
                $"{rule.Keyword}= on \"{options.Service}\": process=, thread=, exe= and role= are not available for this service");
        }

        IsRestricted = rule.Fault.Scope is not null || rule.Fault.During is not null || rule.Fault.Trigger != Trigger.Always;
    }

    /// <summary>True when the fault carries a keyword of its own that limits the matches it acts on.</summary>
    public bool IsRestricted { get; }

    /// <summary>True when the rule is limited to paths.</summary>
    public bool RestrictsPath => _paths.Length > 0;

    /// <summary>True when the rule is limited to destinations.</summary>
    public bool RestrictsDestination => _destinations is not null;

    /// <summary>True when the rule is limited to processes or threads.</summary>
    public bool RestrictsCaller => _process is not null || _thread is not null || _executable is not null || _main is not null;

    /// <summary>True when the rule is limited to threads, and to nothing else about the caller.</summary>
    public bool RestrictsThreadOnly => _thread is not null && _process is null && _executable is null && _main is null;

    /// <summary>Who made calls that only the restriction of the caller kept from the rule, with the number of calls; at most 64 callers.</summary>
    public IEnumerable<KeyValuePair<Caller, int>> OtherCallers => _otherCallers;

    /// <summary>True when the rule ends before its window.</summary>
    public bool Expires => _expiresAt != long.MaxValue;

    /// <summary>The path restrictions as written; empty when there are none.</summary>
    public string PathText => string.Join(" and ", _paths.Select(p => p.Text));

    /// <summary>True when an interned path satisfies the path restrictions.</summary>
    public bool CoversPath(int pathId, int rawPathId)
    {
        foreach (var scope in _paths)
        {
            if (!scope.Covers(pathId) && (rawPathId < 0 || !scope.Covers(rawPathId)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Examines a call.</summary>
    public ScopeVerdict Examine(ref SyscallContext context, in CallPath path, TimeProvider time)
    {
        if (Expires && time.GetTimestamp() >= _expiresAt)
        {
            return ScopeVerdict.Outside;
        }

        if (RestrictsPath ? !CoversEitherPath(ref context, path) : path.IsRuntimeDescriptor)
        {
            return ScopeVerdict.Outside;
        }

        if (!CoversDescriptor(ref context, path) || !CoversSize(ref context) || !CoversDestination(ref context) || !CoversCaller(context.ThreadId))
        {
            return ScopeVerdict.Outside;
        }

        return !RestrictsPath && path.IsSystemArgument ? ScopeVerdict.SystemPath : ScopeVerdict.Inside;
    }

    /// <summary>A call that names two paths, such as <c>rename</c>, is about both: a file that is replaced counts as much as its replacement.</summary>
    private bool CoversEitherPath(ref SyscallContext context, in CallPath path) =>
        (path.IsKnown && CoversPath(path.Id, path.RawId))
        || (context.TryGetSecondPath(out var second) && CoversPath(second.PathId, second.RawPathId));

    private bool CoversDescriptor(ref SyscallContext context, in CallPath path) =>
        _on == DescriptorKinds.Any || (_on & path.DescriptorKindsOf(ref context)) != 0;

    private bool CoversSize(ref SyscallContext context)
    {
        if (_bytesAbove < 0 && _bytesBelow == long.MaxValue)
        {
            return true;
        }

        var bytes = context.RequestedBytes;
        return bytes >= 0 && bytes > _bytesAbove && bytes < _bytesBelow;
    }

    private bool CoversDestination(ref SyscallContext context) =>
        _destinations is null || (context.TryGetDestination(out var destination) && _destinations.Covers(destination));

    private bool CoversCaller(int threadId)
    {
        if (!RestrictsCaller)
        {
            return true;
        }

        if (_callers!.Find(threadId) is not { } caller)
        {
            return false;
        }

        if (IsMeant(caller))
        {
            return true;
        }

        if (_otherCallers.Count < MostOtherCallers || _otherCallers.ContainsKey(caller))
        {
            _otherCallers.AddOrUpdate(caller, 1, static (_, count) => count + 1);
        }

        return false;
    }

    private bool IsMeant(Caller caller) =>
        (_process?.IsMatch(caller.ProcessName) ?? true)
        && (_thread?.IsMatch(caller.ThreadName) ?? true)
        && (_executable is null || IsMeant(_executable, caller.Executable))
        && (_main is null || _main == caller.IsMain);

    /// <summary>A pattern without a separator could match no path, and is about the file name.</summary>
    private static bool IsMeant(PathGlob executable, string path) =>
        executable.IsMatch(path)
        || (!executable.Pattern.Contains('/', StringComparison.Ordinal) && executable.IsMatch(path.AsSpan(path.LastIndexOf('/') + 1)));

    private static IEnumerable<PathScope> CompilePaths(IReadOnlyList<string> globs, FaultEngineOptions options) =>
        globs.Count == 0 ? [] : [new PathScope([.. globs.Select(g => new PathGlob(g))], options.Log.Paths)];

    private static PathGlob? Compile(string? glob) => glob is null ? null : new PathGlob(glob);

    private static long ExpiryTimestamp(TimeProvider time, TimeSpan during) =>
        time.GetTimestamp() + (long)(during.TotalSeconds * time.TimestampFrequency);
}
