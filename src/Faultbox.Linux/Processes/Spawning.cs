using System.Runtime.InteropServices;
using System.Text;
using Faultbox.Linux.Native;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Processes;

/// <summary>Starts an executable with a clean signal state, a session of its own, no input and given output.</summary>
internal static unsafe class Spawning
{
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;

    // Larger than posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t of every C library.
    private const int OpaqueSize = 1024;

    /// <summary>Returns the process id.</summary>
    /// <exception cref="IOException">The process could not be started.</exception>
    public static int Start(string path, IReadOnlyList<string> environment, string directory, int output, int error)
    {
        byte* actions = stackalloc byte[OpaqueSize];
        byte* attributes = stackalloc byte[OpaqueSize];
        byte* signals = stackalloc byte[OpaqueSize];
        _ = Libc.ActionsInit(actions);
        _ = Libc.AttributesInit(attributes);
        var arguments = new NativeStrings([path]);
        var variables = new NativeStrings(environment);
        try
        {
            _ = Libc.ActionsAddOpen(actions, 0, "/dev/null", 0, 0);
            _ = Libc.ActionsAddDup2(actions, output, 1);
            _ = Libc.ActionsAddDup2(actions, error, 2);
            _ = Libc.ActionsAddChangeDirectory(actions, directory);
            _ = Libc.FillSignals(signals);
            _ = Libc.AttributesSetSignalDefaults(attributes, signals);
            _ = Libc.EmptySignals(signals);
            _ = Libc.AttributesSetSignalMask(attributes, signals);
            _ = Libc.AttributesSetFlags(attributes, SetSignalDefaults | SetSignalMask | SetSession);
            var failure = Libc.Spawn(out var pid, path, actions, attributes, arguments.Pointer, variables.Pointer);
            return failure == 0 ? pid : throw new IOException($"{path} in {directory}: {Errno.FromNumber(failure).Message}");
        }
        finally
        {
            _ = Libc.ActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
            arguments.Free();
            variables.Free();
        }
    }

    /// <summary>A NULL terminated array of C strings in unmanaged memory.</summary>
    private readonly struct NativeStrings
    {
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> values)
        {
            _count = values.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(values.Count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < values.Count; i++)
            {
                var size = Encoding.UTF8.GetByteCount(values[i]);
                Pointer[i] = (byte*)NativeMemory.AllocZeroed((nuint)size + 1);
                Encoding.UTF8.GetBytes(values[i], new Span<byte>(Pointer[i], size));
            }
        }

        public byte** Pointer { get; }

        public void Free()
        {
            for (var i = 0; i < _count; i++)
            {
                NativeMemory.Free(Pointer[i]);
            }

            NativeMemory.Free(Pointer);
        }
    }
}
