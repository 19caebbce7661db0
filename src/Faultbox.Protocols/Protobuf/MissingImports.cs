using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Protobuf;

/// <summary>
/// The imports that files lack. Servers of Node.js describe their types by files that import nothing (the files of one package are one there),
/// though they use types of each other.
/// </summary>
internal sealed class MissingImports
{
    private readonly Dictionary<string, FileDescriptorProto> _files;
    private readonly Dictionary<string, string> _definedIn = new(StringComparer.Ordinal);

    private MissingImports(IReadOnlyCollection<FileDescriptorProto> known, IReadOnlyCollection<FileDescriptorProto> files)
    {
        _files = known.Concat(files).DistinctBy(f => f.Name).ToDictionary(f => f.Name, StringComparer.Ordinal);
        foreach (var file in known.Concat(files))
        {
            foreach (var name in TypesOf(file))
            {
                _definedIn.TryAdd(name, file.Name);
            }
        }
    }

    /// <summary>Adds to files the imports of the types that they use and that no import of theirs brings.</summary>
    /// <param name="known">Files that are always there; their types come first.</param>
    /// <param name="files">The files.</param>
    public static void Add(IReadOnlyCollection<FileDescriptorProto> known, IReadOnlyCollection<FileDescriptorProto> files)
    {
        var imports = new MissingImports(known, files);
        foreach (var file in files)
        {
            imports.AddTo(file);
        }
    }

    private void AddTo(FileDescriptorProto file)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        Reach(file, reached);
        foreach (var (scope, name) in UsesOf(file))
        {
            if (!Candidates(scope, name).Any(reached.Contains)
                && Candidates(scope, name).Select(_definedIn.GetValueOrDefault).FirstOrDefault(f => f is not null) is { } missing)
            {
                file.Dependency.Add(missing);
                Reach(_files[missing], reached);
            }
        }
    }

    /// <summary>Collects the types of a file and of everything that it imports.</summary>
    private void Reach(FileDescriptorProto file, HashSet<string> types)
    {
        var visited = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<FileDescriptorProto>([file]);
        while (open.TryPop(out var next))
        {
            if (visited.Add(next.Name))
            {
                types.UnionWith(TypesOf(next));
                foreach (var import in next.Dependency)
                {
                    if (_files.TryGetValue(import, out var imported))
                    {
                        open.Push(imported);
                    }
                }
            }
        }
    }

    /// <summary>Full names that a reference may mean, innermost first.</summary>
    private static IEnumerable<string> Candidates(string scope, string name)
    {
        if (name.StartsWith('.'))
        {
            yield return name[1..];
            yield break;
        }

        for (var end = scope.Length; end > 0; end = scope.LastIndexOf('.', end - 1))
        {
            yield return $"{scope[..end]}.{name}";
        }

        yield return name;
    }

    private static IEnumerable<string> TypesOf(FileDescriptorProto file) =>
        TypesOf(file.Package, file.MessageType, file.EnumType);

    private static IEnumerable<string> TypesOf(
        string scope, RepeatedField<DescriptorProto> messages, RepeatedField<EnumDescriptorProto> enums) =>
        enums.Select(e => Within(scope, e.Name)).Concat(messages.SelectMany(m =>
            TypesOf(Within(scope, m.Name), m.NestedType, m.EnumType).Prepend(Within(scope, m.Name))));

    private static IEnumerable<(string Scope, string Name)> UsesOf(FileDescriptorProto file) =>
        file.MessageType.SelectMany(m => UsesOf(file.Package, m))
            .Concat(UsesOf(file.Package, file.Extension))
            .Concat(file.Service.SelectMany(s => s.Method).SelectMany(m => new[] { (file.Package, m.InputType), (file.Package, m.OutputType) }));

    private static IEnumerable<(string Scope, string Name)> UsesOf(string scope, DescriptorProto message)
    {
        var inside = Within(scope, message.Name);
        return UsesOf(inside, message.Field)
            .Concat(UsesOf(inside, message.Extension))
            .Concat(message.NestedType.SelectMany(m => UsesOf(inside, m)));
    }

    private static IEnumerable<(string Scope, string Name)> UsesOf(string scope, RepeatedField<FieldDescriptorProto> fields) =>
        fields.SelectMany(f => new[] { (scope, f.TypeName), (scope, f.Extendee) }).Where(use => use.Item2.Length > 0);

    private static string Within(string scope, string name) => scope.Length == 0 ? name : $"{scope}.{name}";
}
