namespace Faultbox.Core.Events;

/// <summary>Names of event types and the rule for their dotted form.</summary>
public static class EventNames
{
    /// <summary>Actor name of the test driver.</summary>
    public const string Driver = "test";

    /// <summary>Short type of intercepted system calls.</summary>
    public const string Syscall = "syscall";

    /// <summary>Dotted name of an event: its type refined by call, lifecycle stage or target.</summary>
    public static string Dotted(TraceEvent e)
    {
        if (e.Field("syscall") is { } call)
        {
            return $"{e.Type}.{call}";
        }

        switch (e.Type)
        {
            case "service_started":
                return "lifecycle.started";
            case "service_ready":
                return "lifecycle.ready";
            case "service_stopped":
                return "lifecycle.stopped";
            case "step_send" or "step_recv" or "client_call" or "client_return" or "contract_violation":
                return e.Field("target") is { } target ? $"{e.Type}.{target}" : e.Type;
            default:
                return e.Type;
        }
    }
}
