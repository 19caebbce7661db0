using System.Globalization;
using Faultbox.Core.Faults;
using Faultbox.Core.Topology;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Events;

/// <summary>The text of recorded system calls.</summary>
public static class SyscallText
{
    /// <summary>The decision as it is shown, for example <c>deny(no space left on device)</c>.</summary>
    public static string Of(in Decision decision) => decision.Kind switch
    {
        DecisionKind.AllowSystemPath => "allow (system path)",
        DecisionKind.Deny => $"deny({Errno.FromNumber(decision.Errno).Message})",
        DecisionKind.Delay => $"delay({Durations.Text(decision.Delay)})",
        DecisionKind.Trace => "trace",
        DecisionKind.Kill => $"kill({Signals.NameOf(decision.Errno)})",
        DecisionKind.Hold => "hold(gate)",
        DecisionKind.AllowReleased => "allow (released)",
        DecisionKind.DenyReleased => string.Create(CultureInfo.InvariantCulture, $"deny({decision.Errno}) (released)"),
        _ => "allow",
    };

    /// <summary>The fields of a <c>syscall</c> event.</summary>
    /// <param name="record">The call.</param>
    /// <param name="paths">Table of its paths and destination.</param>
    public static EventField[] Fields(in SyscallRecord record, PathTable paths)
    {
        var decision = record.Decision;
        var fields = new List<EventField>(10)
        {
            new("syscall", SyscallTable.NameOf(record.Number)),
            new("pid", Number(record.ThreadId)),
            new("decision", Of(decision)),
        };
        AddInterned(fields, "path", record.PathId, paths);
        if (decision.Delay >= TimeSpan.FromMilliseconds(1))
        {
            fields.Add(new("latency_ms", Number((long)decision.Delay.TotalMilliseconds)));
        }

        AddText(fields, "label", decision.Rule?.Rule.Fault.Label);
        AddText(fields, "op", decision.Rule?.Rule.Operation);
        if (decision.Kind is DecisionKind.Deny or DecisionKind.DenyReleased)
        {
            fields.Add(new("errno", Errno.FromNumber(decision.Errno).Name));
        }

        if (record.Bytes >= 0)
        {
            fields.Add(new("bytes", Number(record.Bytes)));
        }

        AddInterned(fields, "dest", record.DestinationId, paths);
        AddInterned(fields, "raw_path", record.RawPathId, paths);
        if (decision.Occurrence > 0)
        {
            fields.Add(new("occurrence", Number(decision.Occurrence)));
        }

        if (record.Caller is { } caller)
        {
            fields.Add(new("tgid", Number(caller.ProcessId)));
            fields.Add(new("comm", caller.ProcessName));
        }

        return [.. fields];
    }

    private static void AddInterned(List<EventField> fields, string name, int id, PathTable paths)
    {
        if (id >= 0)
        {
            fields.Add(new(name, paths.Text(id)));
        }
    }

    private static void AddText(List<EventField> fields, string name, string? value)
    {
        if (value is not null)
        {
            fields.Add(new(name, value));
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
