using System.Buffers.Binary;
using Faultbox.Linux.Seccomp;

namespace Faultbox.Linux.Syscalls;

/// <summary>
/// One intercepted call on the stack of the receive thread. Everything that has to be read from the waiting thread is read when it is
/// asked for, once, and only trusted when the call still waits afterwards.
/// </summary>
public ref struct SyscallContext
{
    private const int VectorSize = 16;
    private const int VectorsAtOnce = 32;
    private const ulong MaximumVectors = 1024;
    private const int WorkingDirectory = -100;
    private const int MessageHeaderBytes = 16;

    // struct msghdr: name, its length, then address and count of the vectors.
    private const int MessageVectors = 16;
    private const int MessageVectorsEnd = 32;

    private readonly ref readonly SeccompNotification _notification;
    private readonly ICallerReader _reader;
    private readonly NotificationListener? _listener;
    private readonly PathTable _paths;
    private readonly SyscallShape _shape;
    private ResolvedPath _path;
    private SocketDestination _destination;
    private long _bytes;
    private State _pathState;
    private State _destinationState;

    /// <summary>Wraps a notification.</summary>
    /// <param name="notification">The call.</param>
    /// <param name="reader">Reads from its thread.</param>
    /// <param name="listener">Confirms that the call still waits; null trusts every read.</param>
    /// <param name="paths">Interns paths.</param>
    public SyscallContext(ref readonly SeccompNotification notification, ICallerReader reader, NotificationListener? listener, PathTable paths)
    {
        _notification = ref notification;
        (_reader, _listener, _paths) = (reader, listener, paths);
        _shape = SyscallShape.Of(notification.Number);
        _bytes = long.MinValue;
    }

    private enum State : byte
    {
        Unread,
        Known,
        Failed,
    }

    /// <summary>The call.</summary>
    public readonly ref readonly SeccompNotification Notification => ref _notification;

    /// <summary>System call number.</summary>
    public readonly int Number => _notification.Number;

    /// <summary>Thread, in Faultbox's own process namespace.</summary>
    public readonly int ThreadId => (int)_notification.Pid;

    /// <summary>True when the call names a path or works on a descriptor.</summary>
    public readonly bool HasPathRole => _shape.Path >= 0 || _shape.Descriptor >= 0;

    /// <summary>Descriptor the call works on, or -1.</summary>
    public readonly int Descriptor => _shape.Descriptor >= 0 ? (int)_notification.Argument(_shape.Descriptor) : -1;

    /// <summary>Requested size in bytes, or -1 when the call has none.</summary>
    public long RequestedBytes
    {
        get
        {
            if (_bytes == long.MinValue)
            {
                _bytes = _shape.Count >= 0 ? (long)_notification.Argument(_shape.Count)
                    : _shape.Vectors >= 0 ? SumVectors(_notification.Argument(_shape.Vectors), _notification.Argument(_shape.Vectors + 1))
                    : _shape.Message >= 0 ? SumMessage()
                    : -1;
            }

            return _bytes;
        }
    }

    /// <summary>Resolves the path; false when the call has none or it could not be read.</summary>
    public bool TryGetPath(out ResolvedPath path)
    {
        if (_pathState == State.Unread)
        {
            var known = _shape.Path >= 0 ? TryResolve(_shape.Path, _shape.Directory, out _path)
                : _shape.Descriptor >= 0 && new CallPathResolver(_reader, _paths, ThreadId).TryDescriptor(Descriptor, out _path);
            _pathState = known && StillWaits() ? State.Known : State.Failed;
        }

        path = _path;
        return _pathState == State.Known;
    }

    /// <summary>Resolves the second path of a call that names two, such as the new name of <c>rename</c>.</summary>
    public readonly bool TryGetSecondPath(out ResolvedPath path)
    {
        path = default;
        return _shape.SecondPath >= 0 && TryResolve(_shape.SecondPath, _shape.SecondDirectory, out path) && StillWaits();
    }

    /// <summary>Reads where a socket call goes; false when it does not say.</summary>
    public bool TryGetDestination(out SocketDestination destination)
    {
        if (_destinationState == State.Unread)
        {
            _destinationState = ReadDestination() && StillWaits() ? State.Known : State.Failed;
        }

        destination = _destination;
        return _destinationState == State.Known;
    }

    private readonly bool TryResolve(int argument, int directory, out ResolvedPath path) =>
        new CallPathResolver(_reader, _paths, ThreadId).TryArgument(
            _notification.Argument(argument),
            directory >= 0 ? (int)_notification.Argument(directory) : WorkingDirectory,
            out path);

    private readonly bool StillWaits() => _listener is null || _listener.IsValid(_notification.Id);

    private bool ReadDestination()
    {
        ulong address;
        ulong length;
        if (_shape.Address >= 0)
        {
            (address, length) = (_notification.Argument(_shape.Address), _notification.Argument(_shape.Address + 1));
        }
        else if (_shape.Sends)
        {
            Span<byte> header = stackalloc byte[MessageHeaderBytes];
            if (_reader.ReadMemory(ThreadId, _notification.Argument(_shape.Message), header) < MessageHeaderBytes)
            {
                return false;
            }

            (address, length) = (BinaryPrimitives.ReadUInt64LittleEndian(header), BinaryPrimitives.ReadUInt32LittleEndian(header[8..]));
        }
        else
        {
            return false;
        }

        if (address == 0 || length is 0 or > 128)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[(int)length];
        return _reader.ReadMemory(ThreadId, address, bytes) == (int)length && SocketDestination.TryParse(bytes, out _destination);
    }

    /// <summary>Size of a message: that of the vectors its header names; of several messages, the first.</summary>
    private readonly long SumMessage()
    {
        Span<byte> header = stackalloc byte[MessageVectorsEnd];
        return _reader.ReadMemory(ThreadId, _notification.Argument(_shape.Message), header) < header.Length
            ? -1
            : SumVectors(
                BinaryPrimitives.ReadUInt64LittleEndian(header[MessageVectors..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header[(MessageVectors + 8)..]));
    }

    private readonly long SumVectors(ulong address, ulong count)
    {
        var left = (int)Math.Min(count, MaximumVectors);
        Span<byte> buffer = stackalloc byte[VectorsAtOnce * VectorSize];
        var sum = 0L;
        while (left > 0)
        {
            var vectors = buffer[..(Math.Min(left, VectorsAtOnce) * VectorSize)];
            if (_reader.ReadMemory(ThreadId, address, vectors) < vectors.Length)
            {
                return -1;
            }

            for (var at = 0; at < vectors.Length; at += VectorSize)
            {
                // struct iovec: address, length.
                sum += BinaryPrimitives.ReadInt64LittleEndian(vectors[(at + 8)..]);
            }

            address += (ulong)vectors.Length;
            left -= VectorsAtOnce;
        }

        return sum;
    }
}
