using System.Collections;
using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Files;

/// <summary>Every file read on behalf of a specification, each once, in the order of first use. Safe for concurrent use; it may grow while tests run.</summary>
internal sealed class CapturedFiles : IReadOnlyList<CapturedFile>
{
    private readonly Lock _gate = new();
    private readonly List<CapturedFile> _files = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _files.Count;
            }
        }
    }

    /// <inheritdoc/>
    public CapturedFile this[int index]
    {
        get
        {
            lock (_gate)
            {
                return _files[index];
            }
        }
    }

    /// <summary>Keeps a file unless it is known already.</summary>
    public void Add(CapturedFile file)
    {
        lock (_gate)
        {
            if (_paths.Add(file.AbsolutePath))
            {
                _files.Add(file);
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerator<CapturedFile> GetEnumerator()
    {
        CapturedFile[] files;
        lock (_gate)
        {
            files = [.. _files];
        }

        return ((IEnumerable<CapturedFile>)files).GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
