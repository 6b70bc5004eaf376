# SPDX-License-Identifier: Apache-2.0
# What mugai does, as far as a filter of MIMEDefang can be made to do it: the original kept, text left, the rest dropped.
use HTML::Parser ();
use File::Copy ();

sub filter_begin {
    File::Copy::copy("./INPUTMSG", "@kept@/$MsgID-$QueueID-" . int(rand(1_000_000_000)));
}

sub filter {
    my ($entity, $fname, $ext, $type) = @_;
    if ($type eq 'text/html') {
        my ($text, $hidden) = ('', 0);
        my $parser = HTML::Parser->new(
            api_version => 3,
            start_h => [sub { $hidden++ if $_[0] =~ /^(?:style|script)$/; $text .= "\n" if $_[0] =~ /^(?:br|p|tr|div|li)$/ }, 'tagname'],
            end_h   => [sub { $hidden-- if $_[0] =~ /^(?:style|script)$/ }, 'tagname'],
            text_h  => [sub { $text .= $_[0] unless $hidden }, 'dtext'],
        );
        my $body = $entity->bodyhandle or return action_drop();
        $parser->parse($body->as_string);
        $parser->eof;
        return action_replace_with_warning($text);
    }
    return action_accept() if $type eq 'text/plain' && !defined($entity->head->recommended_filename);
    return action_drop();
}

sub filter_multipart {
    return action_accept();
}

sub filter_end {
}

1;
