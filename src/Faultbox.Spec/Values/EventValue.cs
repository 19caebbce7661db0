using System.Globalization;
using System.Text;
using Faultbox.Core.Events;
using Faultbox.Spec.Files;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>An event of the log as queries see it: fields are attributes, and an absent field is the empty string.</summary>
/// <param name="record">The record.</param>
/// <param name="first">The event that came first, for the second callable of <c>assert_before()</c>.</param>
internal class EventValue(TraceEvent record, EventValue? first = null) : SpecValue
{
    private static readonly string[] Names = ["seq", "service", "type", "event_type", "timestamp", "fields", "data", "first", "get"];

    /// <summary>The record.</summary>
    public TraceEvent Record => record;

    /// <inheritdoc/>
    public override string TypeName => "event";

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames => Names.Concat(record.Fields.Select(f => f.Name)).Distinct();

    /// <inheritdoc/>
    protected override string Description =>
        record.Service.Length > 0 ? $"event #{record.Sequence} {record.Service} {record.DottedType}" : $"event #{record.Sequence} {record.DottedType}";

    /// <inheritdoc/>
    public override bool TryGetAttribute(string name, out Value value)
    {
        value = name switch
        {
            "seq" => Value.Of(record.Sequence),
            "service" => Value.Of(record.Service),
            "type" => Value.Of(record.Type),
            "event_type" => Value.Of(record.DottedType),
            "timestamp" => Value.Of(Timestamp(record.Timestamp)),
            "fields" => Fields(),
            "data" => Data(),
            "first" => first is null ? Value.None : Value.Of(first),
            "get" => Value.Of(new Getter(this)),
            _ => record.Field(name) is { } text ? Value.Of(text) : Absent(name),
        };
        return true;
    }

    /// <summary>What reading a field gives that the event does not have.</summary>
    protected virtual Value Absent(string name) => Value.Of("");

    private static string Timestamp(DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    private Value Fields()
    {
        var dict = new StarlarkDict();
        foreach (var field in record.Fields)
        {
            dict.Set(Value.Of(field.Name), Value.Of(field.Value));
        }

        return Value.Of(dict);
    }

    private Value Data()
    {
        if (record.Field("data") is { } json)
        {
            try
            {
                return JsonDecoder.Decode(Encoding.UTF8.GetBytes(json));
            }
            catch (DecodeException)
            {
                // A field that is no JSON is shown among the others.
            }
        }

        return Fields();
    }

    /// <summary><c>event.get(name, default=None)</c>.</summary>
    private sealed class Getter(EventValue owner) : StarlarkCallable
    {
        private static readonly BuiltinDeclaration Declaration = new(
            "get",
            "Value of a field, or the default when the event has none.",
            (in BuiltinCall _) => Value.None,
            ParameterDeclaration.Required("name", "string", "Field name."),
            ParameterDeclaration.Optional("default", "any", "None", "Value for an absent field."));

        private static readonly Signature Binding = Signatures.Of(Declaration);

        public override string Name => "get";

        public override void WriteRepr(ReprWriter w) => w.Write("<built-in method get of event value>");

        public override Value Call(StarlarkThread thread, in Arguments args)
        {
            var bound = Binding.Bind(args);
            if (!bound[0].TryGetString(out var name))
            {
                throw new EvalException($"get(): name must be string, got {bound[0].TypeName}") { Builtin = "get" };
            }

            if (owner.Record.Field(name) is { } text)
            {
                return Value.Of(text);
            }

            return name is "seq" or "service" or "type" or "event_type" or "timestamp" && owner.TryGetAttribute(name, out var value)
                ? value
                : bound.Has(1) ? bound[1] : Value.None;
        }
    }
}
