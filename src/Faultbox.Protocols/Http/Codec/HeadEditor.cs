using System.Text;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Http.Codec;

/// <summary>A complete head whose lines can be changed. The lines that are not stay as they were written, in their order.</summary>
internal sealed class HeadEditor
{
    private readonly List<(string Name, string Line)> _fields = [];
    private string _startLine;

    /// <summary>Takes a head with its empty line.</summary>
    public HeadEditor(ReadOnlySpan<byte> head)
    {
        _startLine = Encoding.Latin1.GetString(HeadLines.TakeLine(ref head));
        while (!head.IsEmpty)
        {
            var line = HeadLines.TakeLine(ref head);
            if (line.IsEmpty)
            {
                break;
            }

            // A folded line belongs to the field before it.
            var name = HeadLines.TrySplitField(line, out var field, out _) ? Encoding.Latin1.GetString(field)
                : _fields.Count > 0 ? _fields[^1].Name
                : "";
            _fields.Add((name, Encoding.Latin1.GetString(line)));
        }
    }

    /// <summary>Gives a response another status.</summary>
    public void SetStatus(int status, string reason) => _startLine = $"{_startLine[.."HTTP/1.1".Length]} {status} {reason}";

    /// <summary>Changes fields.</summary>
    public void Apply(FieldChange change)
    {
        foreach (var name in change.Remove)
        {
            Remove(name);
        }

        foreach (var (name, value) in change.Set)
        {
            Set(name, value);
        }

        _fields.AddRange(change.Add.Select(f => (f.Key, $"{f.Key}: {f.Value}")));
    }

    /// <summary>Gives a field one value, in its place or, when it is not there, after the others.</summary>
    public void Set(string name, string value)
    {
        var place = _fields.FindIndex(f => IsNamed(f, name));
        Remove(name);
        _fields.Insert(place < 0 ? _fields.Count : place, (name, $"{name}: {value}"));
    }

    /// <summary>Removes the fields of a name.</summary>
    public void Remove(string name) => _fields.RemoveAll(f => IsNamed(f, name));

    /// <summary>The head as bytes.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder(_startLine).Append("\r\n");
        foreach (var (_, line) in _fields)
        {
            text.Append(line).Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }

    private static bool IsNamed((string Name, string Line) field, string name) => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
