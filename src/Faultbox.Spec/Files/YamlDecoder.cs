using Starlark;

namespace Faultbox.Spec.Files;

/// <summary>Decodes the first document of a YAML stream to values of the language: YAML 1.2 core schema, merge keys, anchors and aliases.</summary>
internal sealed class YamlDecoder
{
    private const int MaximumNodes = 100_000;

    private readonly HashSet<YamlNode> _open = new(ReferenceEqualityComparer.Instance);
    private int _nodes;
    private bool _insideAlias;

    private YamlDecoder()
    {
    }

    /// <summary>Decodes a document; an empty one is <c>None</c>.</summary>
    /// <exception cref="DecodeException">The text is not YAML, or has a key that is no string.</exception>
    public static Value Decode(string text) => YamlReader.Read(text) is { } root ? new YamlDecoder().Convert(root) : Value.None;

    private Value Convert(YamlNode node)
    {
        if (_insideAlias && ++_nodes > MaximumNodes)
        {
            throw YamlReader.Malformed(node.At, $"aliases expand to more than {MaximumNodes} nodes");
        }

        switch (node)
        {
            case YamlScalar scalar:
                return YamlScalars.Resolve(scalar);
            case YamlAlias alias:
                return ConvertAlias(alias);
            case YamlSequence sequence:
                Enter(sequence);
                var list = new StarlarkList([.. sequence.Items.Select(Convert)]);
                _open.Remove(sequence);
                return Value.Of(list);
            default:
                var mapping = (YamlMapping)node;
                Enter(mapping);
                var dict = ConvertMapping(mapping);
                _open.Remove(mapping);
                return dict;
        }
    }

    private Value ConvertAlias(YamlAlias alias)
    {
        var outer = _insideAlias;
        _insideAlias = true;
        var value = Convert(alias.Target);
        _insideAlias = outer;
        return value;
    }

    private void Enter(YamlNode node)
    {
        if (!_open.Add(node))
        {
            throw YamlReader.Malformed(node.At, "an alias inside a node refers to that node");
        }
    }

    private Value ConvertMapping(YamlMapping mapping)
    {
        var dict = new StarlarkDict();
        var explicitKeys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, _) in mapping.Entries)
        {
            if (!IsMerge(key) && !explicitKeys.Add(KeyOf(key)))
            {
                throw YamlReader.Malformed(key.At, $"key \"{KeyOf(key)}\" occurs twice");
            }
        }

        foreach (var (key, node) in mapping.Entries)
        {
            if (!IsMerge(key))
            {
                dict.Set(Value.Of(KeyOf(key)), Convert(node));
                continue;
            }

            foreach (var (name, value) in Merged(node))
            {
                if (!explicitKeys.Contains(name) && !dict.Contains(Value.Of(name)))
                {
                    dict.Set(Value.Of(name), value);
                }
            }
        }

        return Value.Of(dict);
    }

    /// <summary>Entries of the mappings after <c>&lt;&lt;</c>, the most important first.</summary>
    private IEnumerable<(string Name, Value Value)> Merged(YamlNode node)
    {
        var resolved = node is YamlAlias alias ? alias.Target : node;
        var sources = resolved is YamlSequence sequence ? sequence.Items : [node];
        foreach (var source in sources)
        {
            if ((source is YamlAlias inner ? inner.Target : source) is not YamlMapping)
            {
                throw YamlReader.Malformed(source.At, "<< takes a mapping or a list of mappings");
            }

            foreach (var (key, value) in ((StarlarkDict)Convert(source).Object!).Entries)
            {
                yield return (key.ToString(), value);
            }
        }
    }

    private static bool IsMerge(YamlNode key) => key is YamlScalar { Text: "<<", Plain: true, Tag: null };

    private static string KeyOf(YamlNode key)
    {
        var resolved = key is YamlAlias alias ? alias.Target : key;
        if (resolved is not YamlScalar scalar)
        {
            throw YamlReader.Malformed(key.At, "a mapping key must be a string, not a list or a mapping");
        }

        return YamlScalars.Resolve(scalar).TryGetString(out var text)
            ? text
            : throw YamlReader.Malformed(key.At, $"mapping key {scalar.Text} is not a string; write \"{scalar.Text}\"");
    }
}
