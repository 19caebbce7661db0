using System.Globalization;
using Faultbox.Cli.CommandLine;
using Faultbox.Core;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Core.Topology;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Cli.Running;

/// <summary>
/// The fault rules of the command line: <c>SYSCALL=ERRNO:PROB%[:GLOB][:TRIGGER]</c> and <c>SYSCALL=delay:DURATION:PROB%[:GLOB][:TRIGGER]</c>.
/// A keyword stands for its family, as it does in a specification.
/// </summary>
internal static class FaultGrammar
{
    private static readonly (string Prefix, TriggerKind Kind, int Least)[] Triggers =
    [
        ("nth=", TriggerKind.Nth, 1), ("after=", TriggerKind.After, 0), ("every=", TriggerKind.Every, 1), ("first=", TriggerKind.First, 1),
    ];

    private static readonly Dictionary<string, string> FileOperations = new(StringComparer.Ordinal)
    {
        ["open"] = "openat",
        ["sync"] = "fsync",
        ["delete"] = "unlink",
    };

    /// <summary>Reads the value of <c>--fault</c>.</summary>
    /// <exception cref="UsageException">The rule is malformed; the message quotes it.</exception>
    public static FaultRule Parse(string rule) => Parse("--fault", rule, keyword => keyword);

    /// <summary>Reads the value of <c>--fs-fault</c>, whose operations are names of file operations.</summary>
    /// <exception cref="UsageException">The rule is malformed; the message quotes it.</exception>
    public static FaultRule ParseFileFault(string rule) => Parse("--fs-fault", rule, operation => FileOperations.GetValueOrDefault(operation, operation));

    private static FaultRule Parse(string flag, string rule, Func<string, string> keywordOf)
    {
        var equals = rule.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            throw Error("there is no \"=\"; write SYSCALL=ERRNO:PROB% or SYSCALL=delay:DURATION:PROB%");
        }

        var name = rule[..equals].Trim();
        if (name.Length == 0)
        {
            throw Error("the system call before \"=\" is missing");
        }

        var keyword = keywordOf(name);
        var calls = SyscallFamilies.Expand(keyword);
        if (calls.Count == 0)
        {
            var nearest = NearestName.Find(name, SyscallTable.Names) is { } near ? $"; did you mean {near}?" : "";
            throw Error($"unknown system call \"{name}\"{nearest} (common ones: {string.Join(", ", SyscallFamilies.CommonKeywords)})");
        }

        string[] segments = [.. rule[(equals + 1)..].Split(':').Select(s => s.Trim())];
        var isDelay = segments[0].Equals("delay", StringComparison.OrdinalIgnoreCase);
        var required = isDelay ? 3 : 2;
        if (segments.Length < required)
        {
            throw Error(isDelay ? "a delay needs a duration and a probability: delay:DURATION:PROB%" : "an errno and a probability are needed: ERRNO:PROB%");
        }

        if (segments.Length > required + 2)
        {
            throw Error("too many \":\"; after the probability come at most a path glob and a trigger");
        }

        var fault = isDelay
            ? new FaultDefinition { Kind = FaultKind.Delay, Delay = Duration(segments[1]), DelayText = segments[1] }
            : new FaultDefinition { Kind = FaultKind.Deny, Errnos = [ErrnoOf(segments[0])] };
        string? glob = null;
        Trigger? trigger = null;
        foreach (var segment in segments[required..])
        {
            if (TryTrigger(segment, out var found))
            {
                trigger = trigger is null ? found : throw Error($"two triggers, \"{segment}\" is one too many");
            }
            else if (segment.Length == 0 || glob is not null)
            {
                throw Error(segment.Length == 0 ? "empty segment" : $"two path globs, \"{segment}\" is one too many");
            }
            else
            {
                glob = PathGlob.ProblemOf(segment, "path") is { } problem ? throw Error($"path glob \"{segment}\": {problem}") : segment;
            }
        }

        return new FaultRule(
            name,
            name == keyword ? null : name,
            calls,
            SyscallFamilies.BaseMembers(keyword),
            glob,
            fault with { Probability = Probability(segments[required - 1]), Trigger = trigger ?? Trigger.Always },
            new SourcePosition(flag, 1, 1));

        UsageException Error(string problem) => new($"{flag} \"{rule}\": {problem}");

        Errno ErrnoOf(string text) => Errno.TryParse(text, out var errno)
            ? errno
            : throw Error($"unknown errno \"{text}\"{(NearestName.Find(text, Errno.All.Select(e => e.Name)) is { } near ? $"; did you mean {near}?" : "")}");

        TimeSpan Duration(string text)
        {
            if (!Durations.TryParse(text, out var duration))
            {
                throw Error($"bad duration \"{text}\"; write for example 250ms, 1.5s or 1m30s");
            }

            return duration >= TimeSpan.Zero ? duration : throw Error($"negative delay \"{text}\"");
        }

        double Probability(string text) =>
            double.TryParse(text.AsSpan().TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= 100
                ? percent / 100
                : throw Error($"bad probability \"{text}\"; write 0% to 100%");

        bool TryTrigger(string text, out Trigger found)
        {
            found = default;
            foreach (var (prefix, kind, least) in Triggers)
            {
                if (text.StartsWith(prefix, StringComparison.Ordinal))
                {
                    found = long.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= least
                        ? new Trigger(kind, count)
                        : throw Error($"bad trigger \"{text}\"; {prefix}N needs a number of at least {least}");
                    return true;
                }
            }

            // A keyword of a specification that is no trigger would make a glob that matches nothing.
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            return equals > 0 && text.AsSpan(0, equals).IndexOfAnyExceptInRange('a', 'z') < 0
                ? throw Error($"unknown trigger \"{text}\"; valid: {string.Join(", ", Triggers.Select(t => t.Prefix + "N"))} (a path begins with / or *)")
                : false;
        }
    }
}
