using Faultbox.Spec.Values;
using Starlark;
using Starlark.Syntax;

namespace Faultbox.Spec.Facts;

/// <summary>What an expression may evaluate to, as far as that can be told without running it.</summary>
internal sealed class Possible
{
    /// <summary>Nothing is known.</summary>
    public static Possible Anything { get; } = new() { IsOpen = true };

    /// <summary>Never evaluated to anything.</summary>
    public static Possible Nothing { get; } = new();

    /// <summary>True when it may be something that is not listed.</summary>
    public bool IsOpen { get; private init; }

    /// <summary>Values that exist after loading.</summary>
    public IReadOnlyList<Value> Values { get; private init; } = [];

    /// <summary>Lists and tuples written in the source, each with what its items may be.</summary>
    public IReadOnlyList<IReadOnlyList<Possible>> Sequences { get; private init; } = [];

    /// <summary>Dictionaries written in the source, each with what its keys and values may be.</summary>
    public IReadOnlyList<IReadOnlyList<(Possible Key, Possible Value)>> Mappings { get; private init; } = [];

    /// <summary>What the elements of lists may be whose length is not known.</summary>
    public IReadOnlyList<Possible> Elements { get; private init; } = [];

    /// <summary>Functions written in the source.</summary>
    public IReadOnlyList<FunctionSyntax> Functions { get; private init; } = [];

    /// <summary>A list of unknown length.</summary>
    public static Possible OfElements(Possible element) => new() { Elements = [element] };

    /// <summary>A function.</summary>
    public static Possible Of(FunctionSyntax function) => new() { Functions = [function] };

    /// <summary>A value.</summary>
    public static Possible Of(Value value) => new() { Values = [value] };

    /// <summary>A list or tuple.</summary>
    public static Possible OfSequence(IReadOnlyList<Possible> items) => new() { Sequences = [items] };

    /// <summary>A dictionary.</summary>
    public static Possible OfMapping(IReadOnlyList<(Possible Key, Possible Value)> entries) => new() { Mappings = [entries] };

    /// <summary>Any of several.</summary>
    public static Possible Union(IEnumerable<Possible> alternatives)
    {
        var all = alternatives.ToList();
        return all.Count == 1 ? all[0] : new Possible
        {
            IsOpen = all.Any(p => p.IsOpen),
            Values = [.. all.SelectMany(p => p.Values).Distinct(Identity.Instance)],
            Sequences = [.. all.SelectMany(p => p.Sequences)],
            Mappings = [.. all.SelectMany(p => p.Mappings)],
            Elements = [.. all.SelectMany(p => p.Elements)],
            Functions = [.. all.SelectMany(p => p.Functions).Distinct()],
        };
    }

    /// <summary>What iterating it may give.</summary>
    public Possible Items()
    {
        var items = Sequences.SelectMany(s => s).Concat(Mappings.SelectMany(m => m.Select(e => e.Key))).Concat(Elements).ToList();
        var open = IsOpen;
        foreach (var value in Values)
        {
            if (value.TryGetItems(out var elements))
            {
                items.AddRange(elements.Select(Of));
            }
            else if (value.TryGetEntries(out var entries))
            {
                items.AddRange(entries.Select(e => Of(e.Key)));
            }
            else
            {
                open = true;
            }
        }

        return Union(open ? items.Append(Anything) : items);
    }

    /// <summary>What the item at a position may be; used when tuples are taken apart.</summary>
    public Possible ItemAt(int index)
    {
        var items = new List<Possible>(Elements);
        var open = IsOpen || Mappings.Count > 0;
        foreach (var sequence in Sequences)
        {
            items.Add(index < sequence.Count ? sequence[index] : Nothing);
        }

        foreach (var value in Values)
        {
            if (value.TryGetItems(out var elements) && index < elements.Count)
            {
                items.Add(Of(elements[index]));
            }
            else
            {
                open = true;
            }
        }

        return Union(open ? items.Append(Anything) : items);
    }

    /// <summary>Entries it may have as a dictionary; null when that cannot be told.</summary>
    public IReadOnlyList<(Possible Key, Possible Value)>? Entries()
    {
        if (IsOpen || Sequences.Count > 0 || Elements.Count > 0)
        {
            return null;
        }

        var entries = Mappings.SelectMany(m => m).ToList();
        foreach (var value in Values)
        {
            if (!value.TryGetEntries(out var known))
            {
                return null;
            }

            entries.AddRange(known.Select(e => (Of(e.Key), Of(e.Value))));
        }

        return entries;
    }

    /// <summary>What indexing it may give.</summary>
    public Possible Lookup(Possible key)
    {
        if (Entries() is not { } entries)
        {
            return Items();
        }

        var wanted = key.Texts();
        return Union(wanted is null
            ? entries.Select(e => e.Value)
            : entries.Where(e => e.Key.Texts() is not { } names || names.Overlaps(wanted)).Select(e => e.Value));
    }

    /// <summary>The texts it may be; null when it may be something else.</summary>
    public HashSet<string>? Texts()
    {
        if (IsOpen || Sequences.Count > 0 || Mappings.Count > 0 || Elements.Count > 0 || Functions.Count > 0)
        {
            return null;
        }

        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var value in Values)
        {
            if (!value.TryGetString(out var text))
            {
                return null;
            }

            texts.Add(text);
        }

        return texts;
    }

    /// <summary>Tells values apart without asking the language, whose equality may be deep.</summary>
    private sealed class Identity : IEqualityComparer<Value>
    {
        public static readonly Identity Instance = new();

        public bool Equals(Value x, Value y) =>
            x.Object is { } a and not StarlarkString ? ReferenceEquals(a, y.Object) : y.Object is null or StarlarkString && Value.Equals(x, y);

        public int GetHashCode(Value value) =>
            value.Object is { } o and not StarlarkString ? System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(o) : value.GetHashCode();
    }
}
