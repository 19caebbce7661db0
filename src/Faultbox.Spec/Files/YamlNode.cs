using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Faultbox.Spec.Files;

/// <summary>A node of a YAML document before its scalars are resolved.</summary>
/// <param name="At">Where it begins.</param>
internal abstract record YamlNode(Mark At);

/// <summary>A text with the properties that decide its type.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Text">Text without quotes.</param>
/// <param name="Tag">Explicit tag, or null.</param>
/// <param name="Plain">True when it was written without quotes.</param>
internal sealed record YamlScalar(Mark At, string Text, string? Tag, bool Plain) : YamlNode(At);

/// <summary>A sequence.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Items">Items in order.</param>
internal sealed record YamlSequence(Mark At, List<YamlNode> Items) : YamlNode(At);

/// <summary>A mapping.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Entries">Entries in document order.</param>
internal sealed record YamlMapping(Mark At, List<KeyValuePair<YamlNode, YamlNode>> Entries) : YamlNode(At);

/// <summary>A reference to an anchored node.</summary>
/// <param name="At">Where it is written.</param>
/// <param name="Name">Anchor name.</param>
/// <param name="Target">The anchored node.</param>
internal sealed record YamlAlias(Mark At, string Name, YamlNode Target) : YamlNode(At);

/// <summary>Reads the first document of a YAML stream into nodes.</summary>
internal sealed class YamlReader
{
    private const int MaximumDepth = 500;

    private readonly IParser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);

    private YamlReader(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>The root node, or null for an empty stream.</summary>
    /// <exception cref="DecodeException">The text is not YAML.</exception>
    public static YamlNode? Read(string text)
    {
        try
        {
            return new YamlReader(text).ReadDocument();
        }
        catch (YamlException e)
        {
            throw Malformed(e.Start, "not well-formed YAML here");
        }
    }

    /// <summary>An error at a place.</summary>
    public static DecodeException Malformed(Mark at, string why) => new(why, (int)at.Line, (int)at.Column);

    private YamlNode? ReadDocument()
    {
        Next<StreamStart>();
        _parser.MoveNext();
        if (_parser.Current is StreamEnd)
        {
            return null;
        }

        _parser.MoveNext();
        return ReadNode(0);
    }

    private void Next<T>()
        where T : ParsingEvent
    {
        if (!_parser.MoveNext() || _parser.Current is not T)
        {
            throw new DecodeException("not a YAML stream", 1, 1);
        }
    }

    /// <summary>Reads the node that begins with the current event and leaves the parser on its last event.</summary>
    private YamlNode ReadNode(int depth)
    {
        var current = _parser.Current!;
        if (depth > MaximumDepth)
        {
            throw Malformed(current.Start, $"more than {MaximumDepth} levels of nesting");
        }

        switch (current)
        {
            case AnchorAlias alias:
                var name = alias.Value.Value;
                return _anchors.TryGetValue(name, out var target)
                    ? new YamlAlias(alias.Start, name, target)
                    : throw Malformed(alias.Start, $"alias *{name} has no anchor before it");
            case Scalar scalar:
                return Anchored(scalar, new YamlScalar(
                    scalar.Start, scalar.Value, scalar.Tag.IsEmpty ? null : scalar.Tag.Value, scalar.Style == ScalarStyle.Plain));
            case SequenceStart start:
                var sequence = new YamlSequence(start.Start, []);
                Anchored(start, sequence);
                while (MoveUnless<SequenceEnd>())
                {
                    sequence.Items.Add(ReadNode(depth + 1));
                }

                return sequence;
            case MappingStart start:
                var mapping = new YamlMapping(start.Start, []);
                Anchored(start, mapping);
                while (MoveUnless<MappingEnd>())
                {
                    var key = ReadNode(depth + 1);
                    _parser.MoveNext();
                    mapping.Entries.Add(new(key, ReadNode(depth + 1)));
                }

                return mapping;
            default:
                throw Malformed(current.Start, "a value was expected");
        }
    }

    private bool MoveUnless<TEnd>() => _parser.MoveNext() && _parser.Current is not TEnd;

    private YamlNode Anchored(NodeEvent source, YamlNode node)
    {
        if (!source.Anchor.IsEmpty)
        {
            _anchors[source.Anchor.Value] = node;
        }

        return node;
    }
}
