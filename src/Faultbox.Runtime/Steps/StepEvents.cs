using System.Globalization;
using System.Text;
using Faultbox.Core.Events;
using Faultbox.Core.Topology;
using Faultbox.Protocols;

namespace Faultbox.Runtime.Steps;

/// <summary>Records a step in the log: what was sent, what came back, and what the actors learned of each other.</summary>
internal sealed class StepEvents
{
    private const int BodyBytes = 2048;

    private readonly EventLog _log;
    private readonly InterfaceAddress _target;
    private readonly string _method;
    private readonly StepPhase _phase;
    private readonly string? _specName;
    private string _preview = "";

    /// <summary>Prepares the records of one step.</summary>
    public StepEvents(EventLog log, InterfaceAddress target, string method, StepPhase phase, string? specName)
    {
        _log = log;
        _target = target;
        _method = method;
        _phase = phase;
        _specName = specName;
    }

    /// <summary>Records the request; returns its sequence number.</summary>
    public long Send(string protocol, IReadOnlyList<KeyValuePair<string, object?>> arguments)
    {
        _preview = StepText.Preview(arguments);
        List<EventField> fields =
        [
            new("target", _target.Service),
            new("method", _method),
            new("interface", _target.Interface),
            new("protocol", protocol),
            new("summary", StepText.OfRequest(_target.Service, _method, _preview)),
        ];
        AddContext(fields);
        foreach (var (name, value) in arguments)
        {
            if (value is not null && StepText.RecordedArguments.Contains(name))
            {
                fields.Add(new(name, StepText.Truncate(StepText.OfArgument(value))));
            }
        }

        _log.Merge(EventNames.Driver, _target.Service);
        return _log.Emit("step_send", EventNames.Driver, [.. fields]);
    }

    /// <summary>Records the answer; returns its sequence number.</summary>
    public long Receive(StepResponse response)
    {
        List<EventField> fields = [new("target", _target.Service), new("method", _method)];
        if (response.Status != 0)
        {
            fields.Add(new("status_code", response.Status.ToString(CultureInfo.InvariantCulture)));
            if (response.Status is < 200 or >= 300)
            {
                fields.Add(new("body", StepText.Truncate(Encoding.UTF8.GetString(response.Body.Span), BodyBytes)));
            }
        }

        fields.Add(new("duration_ms", ((long)response.Duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)));
        fields.Add(new("success", response.Success ? "true" : "false"));
        if (!response.Success)
        {
            fields.Add(new("error", StepText.Truncate(response.Error)));
        }

        fields.AddRange(response.Fields.Select(f => new EventField(f.Key, StepText.Truncate(f.Value))));
        fields.Add(new(
            "summary", StepText.OfResponse(_target.Service, _method, _preview, response.Status, response.Success ? null : response.Error)));
        AddContext(fields);

        _log.Merge(_target.Service, EventNames.Driver);
        return _log.Emit("step_recv", EventNames.Driver, [.. fields]);
    }

    private void AddContext(List<EventField> fields)
    {
        if (_specName is not null)
        {
            fields.Add(new("spec", _specName));
        }

        if (_phase != StepPhase.Body)
        {
            fields.Add(new("phase", PhaseWord(_phase)));
        }
    }

    private static string PhaseWord(StepPhase phase) => phase switch
    {
        StepPhase.Seed => "seed",
        StepPhase.Reset => "reset",
        _ => "ready",
    };
}
