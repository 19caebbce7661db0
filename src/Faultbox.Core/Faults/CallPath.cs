using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>What is known about the path of one call.</summary>
internal readonly struct CallPath
{
    private readonly PathKind _kind;
    private readonly bool _fromDescriptor;

    /// <summary>Resolves the path of a call.</summary>
    public CallPath(ref SyscallContext context, PathTable paths)
    {
        IsKnown = context.TryGetPath(out var path);
        IsUnresolved = !IsKnown && context.HasPathRole;
        Id = IsKnown ? path.PathId : -1;
        RawId = IsKnown ? path.RawPathId : -1;
        _fromDescriptor = IsKnown && path.FromDescriptor;
        _kind = IsKnown ? paths.KindOf(path.PathId) : default;
    }

    /// <summary>True when the path was resolved.</summary>
    public bool IsKnown { get; }

    /// <summary>True when the call has a path that could not be read.</summary>
    public bool IsUnresolved { get; }

    /// <summary>Interned path, or -1.</summary>
    public int Id { get; }

    /// <summary>Interned path as the caller wrote it when it differs, or -1.</summary>
    public int RawId { get; }

    /// <summary>True for descriptors that language runtimes use for themselves: eventfd, epoll, timerfd, signalfd, inotify.</summary>
    public bool IsRuntimeDescriptor => _fromDescriptor && Is(PathKind.AnonInode);

    /// <summary>True for a path argument that belongs to the operating system.</summary>
    public bool IsSystemArgument => IsKnown && !_fromDescriptor && Is(PathKind.SystemPath);

    /// <summary>Interned path as events show it: that of a system file reached through a descriptor is left out.</summary>
    public int ShownId => _fromDescriptor && Is(PathKind.SystemPath) ? -1 : Id;

    /// <summary>Kinds of the descriptor the call works on.</summary>
    public DescriptorKinds DescriptorKindsOf(ref SyscallContext context)
    {
        if (!_fromDescriptor)
        {
            // A call that names a path works on a file.
            return IsKnown ? DescriptorKinds.File : DescriptorKinds.Any;
        }

        var kinds = Is(PathKind.Socket) ? DescriptorKinds.Socket
            : Is(PathKind.Pipe) ? DescriptorKinds.Pipe
            : Is(PathKind.AnonInode) ? DescriptorKinds.Any
            : DescriptorKinds.File;
        return context.Descriptor is >= 0 and <= 2 ? kinds | DescriptorKinds.Stdio : kinds;
    }

    private bool Is(PathKind kind) => (_kind & kind) != 0;
}
